/** Does a change that users notice tell them so? */
import { parseCommit } from '../commit/parse.js';
import { type Finding, inCode, type JudgedFacts, type Judgement } from './facts.js';
import { pathTest } from './glob.js';
import { headingOf } from './markdown.js';
import type { PullPolicy } from './schema.js';

export function checkChangelog(facts: JudgedFacts, { changelog: rules }: PullPolicy): Judgement {
  const { pull, files, changelog, isGenerated } = facts;
  const commit = parseCommit(pull.title);
  const isTold =
    commit.kind !== 'conventional' ||
    rules.types.includes(commit.type) ||
    commit.breaking.length > 0;
  if (!isTold) return { title: `A ${commit.type} is not for users`, findings: [] };
  const concerns = pathTest(rules.paths);
  const noticed = files.filter(
    ({ path }) => concerns(path) && !isGenerated(path) && path !== rules.file,
  );
  if (noticed.length === 0) return { title: 'Nothing that users notice', findings: [] };

  const isFragment = pathTest(rules.fragments);
  const fragments = files.filter(({ path, status }) => status !== 'removed' && isFragment(path));
  const [fragment] = fragments;
  if (fragment !== undefined) return { title: `An entry in ${fragment.path}`, findings: [] };
  const added = newEntries(changelog.base, changelog.head, rules.section);
  if (added.length > 0) {
    return { title: added.length === 1 ? 'An entry' : `${added.length} entries`, findings: [] };
  }
  const finding: Finding = {
    says: missing(
      changelog.head,
      files.some(({ path }) => path === rules.file),
      rules,
    ),
    fix: `Tell users what changes for them under ${inCode(`## ${rules.section}`)} in ${inCode(rules.file)}${
      rules.fragments.length > 0
        ? `, or in a file of ${rules.fragments.map(inCode).join(', ')}`
        : ''
    }. Where there is nothing to tell: the label ${rules.skipLabels.map(inCode).join(' or ')}.`,
  };
  return { title: 'No changelog entry', findings: [finding] };
}

function missing(
  head: string | null,
  isTouched: boolean,
  { file, section }: PullPolicy['changelog'],
): string {
  if (head === null) return `there is no ${inCode(file)}`;
  if (sectionOf(head, section) === null) return `${inCode(file)} has no section ${inCode(section)}`;
  return isTouched
    ? `${inCode(file)} is changed, but nothing is added under ${inCode(section)}`
    : `${inCode(file)} is not changed`;
}

/** Lines of the section that stood nowhere in the file before. */
function newEntries(base: string | null, head: string | null, section: string): readonly string[] {
  const lines = head === null ? null : sectionOf(head, section);
  const known = new Set((base ?? '').split(/\r?\n/).map((line) => line.trim()));
  return (lines ?? []).filter(
    (line) => line !== '' && headingOf(line) === null && !known.has(line),
  );
}

/** Trimmed lines below the heading, up to the next one of its rank or above; null without it. */
function sectionOf(text: string, section: string): readonly string[] | null {
  const lines = text
    .replace(/<!--[^]*?(?:-->|$)/g, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  const wanted = section.toLowerCase();
  const headings = lines.map(headingOf);
  const start = headings.findIndex((one) => one !== null && unlinked(one.text) === wanted);
  if (start < 0) return null;
  const rank = headings[start]?.rank ?? 0;
  const end = headings.findIndex((one, index) => index > start && one !== null && one.rank <= rank);
  return lines.slice(start + 1, end < 0 ? lines.length : end);
}

/** `[Unreleased]` and `[Unreleased](https://…)` are `unreleased`. */
function unlinked(heading: string): string {
  return heading
    .replace(/^\[([^\]]*)\](?:\([^)]*\))?/, '$1')
    .trim()
    .toLowerCase();
}
