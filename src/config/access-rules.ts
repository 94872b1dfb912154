/** What jobs are given exists: a rule for a service of another name would never give anything. */
import { type Explained, valueAt } from './explain-issues.js';
import { unknownName } from './unknown-name.js';
import { entriesAt } from './written.js';

const lists = [
  ['services', 'service'],
  ['environments', 'environment'],
] as const;

export function jobsNameWhatIsThere(written: unknown): readonly Explained[] {
  const path = ['access', 'githubActions', 'jobs'];
  const jobs = valueAt(written, path);
  if (!Array.isArray(jobs)) return [];
  return lists.flatMap(([list, what]) => {
    const known = entriesAt(written, [list]).map(([name]) => name);
    return jobs.flatMap((job: unknown, index) => {
      const named = valueAt(job, [list]);
      if (!Array.isArray(named) || known.length === 0) return [];
      return named.flatMap((name: unknown, at) =>
        typeof name !== 'string' || known.includes(name)
          ? []
          : [unknownName([...path, index, list, at], what, name, known)],
      );
    });
  });
}
