/** How long the texts of issues and labels may be. */
import { Problem } from '../problem.js';

const longest = { title: 256, body: 65_536, name: 50 } as const;

/** @throws Problem 422 in GitHub's words, naming the field */
export function refuseTooLong(
  resource: 'Issue' | 'Label',
  texts: Readonly<Partial<Record<keyof typeof longest, string | null | undefined>>>,
): void {
  for (const [field, most] of Object.entries(longest)) {
    const text = texts[field as keyof typeof longest] ?? '';
    if (text.length <= most) continue;
    const message = `${field} is too long (maximum is ${most} characters)`;
    throw new Problem(422, 'Validation Failed', {
      errors: [{ resource, code: 'custom', field, message }],
    });
  }
}
