/** Asks the questions of `sluice init` on a terminal. */
import { isCancel, select, text } from '@clack/prompts';
import type { Terminal } from '../output.js';
import type { Question } from './questions.js';

/** The answer; null when the person gave up by Ctrl-C. */
export async function askOnTerminal(
  { input, output }: Terminal,
  question: Question,
  signal: AbortSignal,
): Promise<string | null> {
  const { usual, foundIn, choices, faultOf } = question;
  const message = foundIn === null ? question.text : `${question.text} (seen in ${foundIn})`;
  const common = { message, input, output, signal };
  const answer =
    choices === undefined
      ? await text({
          ...common,
          initialValue: usual,
          validate: (value) => faultOf(value ?? '') ?? undefined,
        })
      : await select({
          ...common,
          initialValue: usual,
          options: choices.map((each) => ({ ...each })),
        });
  return isCancel(answer) ? null : answer;
}
