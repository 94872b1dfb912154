/** Generated issues: words that collide, lines that look like ours, and letters that break what is not careful. */
import fc from 'fast-check';
import { canonicalBody, canonicalFields } from '../../../src/domain/issue-sync/canon.js';
import type { IssueComment } from '../../../src/domain/issue-sync/shapes.js';

const line = fc.oneof(
  fc.constantFrom(
    '',
    '---',
    '```',
    '~~~~',
    '/comment',
    '\\/comment',
    '    indented',
    '# heading',
    '- item',
    '<!-- sluice:issue-sync/comments -->',
    '<!-- sluice:\\issue-sync/comments -->',
    '<!-- sluice:issue-sync/comment 5 @x 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z -->',
    'text <!-- sluice:issue-sync/x --> <!-- sluice:issue-sync/comment 1 @a 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z -->',
    '<<<<<<< file',
    '=======',
    '>>>>>>> github',
    '\ttab',
    '  ',
    '$& $1 \\1',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ maxLength: 20 }),
);

/** Canonical. */
export const aText = fc
  .array(line, { maxLength: 12 })
  .map((lines) => canonicalBody(lines.join('\n')));

const aName = fc.oneof(
  fc.constantFrom(
    'bug',
    'Bug',
    'ui',
    'needs: triage',
    'null',
    '1.0',
    'a, b',
    '"q"',
    '#x',
    '- y',
    "it's",
    '[z]',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }),
);

export const anIssueFields = fc
  .record(
    {
      title: aName.map((name) => `t ${name}`),
      body: aText,
      state: fc.constantFrom('open' as const, 'closed' as const),
      reason: fc.constantFrom(
        'completed' as const,
        'not_planned' as const,
        'duplicate' as const,
        null,
      ),
      labels: fc.array(aName, { maxLength: 4 }),
      assignees: fc.array(fc.constantFrom('ada', 'bob', 'eve', 'dependabot[bot]'), {
        maxLength: 3,
      }),
      milestone: fc.option(aName),
    },
    { noNullPrototype: true },
  )
  .map(canonicalFields);

export const aComment: fc.Arbitrary<IssueComment> = fc.record(
  {
    id: fc.integer({ min: 1, max: 2 ** 40 }),
    author: fc.constantFrom('ada', 'dependabot[bot]', 'a-b', '_', 'ghost--x-'),
    body: aText,
    createdAtMs: fc.integer({ min: 0, max: 4e12 }),
    updatedAtMs: fc.integer({ min: 0, max: 4e12 }),
  },
  { noNullPrototype: true },
);
