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

/** @throws Problem 422 as GitHub words it for comments, which is not as it does for issues */
export function refuseComment(body: string): void {
  if (body.trim() === '') {
    const message = 'body cannot be blank';
    const why = { resource: 'IssueComment', code: 'custom', field: 'body', message };
    throw new Problem(422, 'Validation Failed', { errors: [why] });
  }
  if (body.length <= longest.body) return;
  const message = `Body is too long (maximum is ${longest.body} characters)`;
  const why = { resource: 'IssueComment', code: 'unprocessable', field: 'data', message };
  throw new Problem(422, 'Validation Failed', { errors: [why] });
}
