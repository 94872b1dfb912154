/** How many lines a reviewer has to read, and the label that says so. */
import { counted, type Finding, inCode, type JudgedFacts, type Judgement } from './facts.js';
import type { PullPolicy } from './schema.js';

export const sizes = ['XS', 'S', 'M', 'L', 'XL'] as const;
export type Size = (typeof sizes)[number];

/** @example sizeOf(9, {XS: 10, S: 100, M: 500, L: 1000}) === 'XS'; the limit itself is of the next size */
function sizeOf(lines: number, limits: PullPolicy['size']['limits']): Size {
  const below = (['XS', 'S', 'M', 'L'] as const).find((size) => lines < limits[size]);
  return below ?? 'XL';
}

/** The whole as the host counts it, less what is generated: so files that are not listed any more count as written. */
export function checkSize(facts: JudgedFacts, { size: rules }: PullPolicy): Judgement {
  const { pull, files, isGenerated } = facts;
  const generated = files.filter(({ path }) => isGenerated(path));
  const skipped = generated.reduce((sum, file) => sum + file.additions + file.deletions, 0);
  const lines = Math.max(0, pull.additions + pull.deletions - skipped);
  const size = sizeOf(lines, rules.limits);
  const label = `${rules.prefix}${size}`;
  const others = sizes.map((each) => `${rules.prefix}${each}`).filter((each) => each !== label);
  const has = (name: string): boolean => pull.labels.includes(name);
  const findings: Finding[] = [];
  if (lines > rules.max) {
    const largest = files
      .filter(({ path }) => !isGenerated(path))
      .toSorted((a, b) => b.additions + b.deletions - a.additions - a.deletions)
      .slice(0, 3)
      .map((file) => `${inCode(file.path)} (${file.additions + file.deletions})`);
    findings.push({
      says: `${counted(lines, 'line')} are changed by hand, ${rules.max.toLocaleString('en')} at most`,
      fix: `Split it into pull requests that can be reviewed one by one. The largest: ${largest.join(', ')}.`,
    });
  }
  const notes =
    generated.length > 0
      ? [
          `${counted(generated.length, 'generated file')} of ${counted(skipped, 'line')} not counted`,
        ]
      : [];
  if (files.length < pull.changedFiles) {
    notes.push(
      `only ${files.length} of ${pull.changedFiles} files are listed; all lines are counted`,
    );
  }
  return {
    title: `${size}: ${counted(lines, 'line')} in ${counted(pull.changedFiles - generated.length, 'file')}`,
    findings,
    notes,
    ...(rules.labels && {
      labels: { add: has(label) ? [] : [label], remove: others.filter(has) },
    }),
  };
}
