/** Fields of an issue's template that must be filled in: headings with something below them. */
import { sectionsOf } from '../pull-check/markdown.js';

/** What GitHub's issue forms write into a field that was left empty. */
const noAnswer = /^_No response_$/;

/**
 * Those of `required` that are missing or empty. Code counts: a log is an answer.
 * @example emptyFields('### Steps\n\n_No response_\n', ['Steps']) // ['Steps']
 */
export function emptyFields(body: string, required: readonly string[]): readonly string[] {
  if (required.length === 0) return [];
  const said = body.replace(/\r\n?/g, '\n').replace(/<!--[^]*?(?:-->|$)/g, '');
  const filled = new Set(
    sectionsOf(said)
      .filter(({ text }) => text.trim() !== '' && !noAnswer.test(text.trim()))
      .map(({ heading }) => heading.toLowerCase()),
  );
  return required.filter((heading) => !filled.has(heading.toLowerCase()));
}
