/** Is what breaks others said where it is heard: in the title, with a word on what to do? */
import { parseCommit } from '../commit/parse.js';
import { counted, type Finding, inCode, type JudgedFacts, type Judgement } from './facts.js';
import { pathTest } from './glob.js';
import { prose, sectionsOf } from './markdown.js';
import type { PullPolicy } from './schema.js';

export function checkBreaking(facts: JudgedFacts, { breaking: rules }: PullPolicy): Judgement {
  const { pull, files, commits, isGenerated } = facts;
  const isSaid = breakingNotes(pull.title).length > 0;
  const explanation = explanationIn(pull.body);
  const broken = commits.filter(({ message }) => breakingNotes(message).length > 0);
  const isPublic = pathTest(rules.paths);
  const gone = files.filter((file) => {
    const before = file.status === 'renamed' ? file.previousPath : file.path;
    const isGone = file.status === 'removed' || file.status === 'renamed';
    return isGone && before !== null && isPublic(before) && !isGenerated(before);
  });
  const breaks = isSaid || explanation !== null || broken.length > 0;
  const findings: Finding[] = [];
  if (!isSaid && broken.length > 0) {
    const shas = broken.map(({ sha }) => sha.slice(0, 7)).join(', ');
    findings.push({
      says: `${counted(broken.length, 'commit')} (${shas}) say that something breaks, the title ${inCode(pull.title)} does not`,
      fix: 'Write `!` before the colon of the title: a squash merge keeps the title alone.',
    });
  } else if (!isSaid && explanation !== null) {
    findings.push({
      says: `the description tells of a breaking change, the title ${inCode(pull.title)} does not`,
      fix: 'Write `!` before the colon of the title: a squash merge keeps the title alone.',
    });
  }
  if (!breaks) findings.push(...gone.map(undeclared));
  const notes = broken.flatMap(({ message }) => noteTexts(message));
  if (breaks && explanation === null && notes.length === 0) {
    findings.push({
      says: 'it breaks something and does not tell what users have to do',
      fix: 'Add `BREAKING CHANGE: what breaks, and what to do instead` or a section "Breaking changes" to the description.',
    });
  }
  return {
    title: titleOf(breaks, findings.length > 0),
    findings,
    notes: notes.slice(0, 10).map((note) => `breaks: ${inCode(note)}`),
    ...(rules.label !== undefined && { labels: labelChange(rules.label, breaks, pull.labels) }),
  };
}

function titleOf(breaks: boolean, isWrong: boolean): string {
  if (breaks)
    return isWrong ? 'Breaks something and does not say it well' : 'Breaks something and says so';
  return isWrong ? 'May break something' : 'Breaks nothing by what it says';
}

function undeclared({ path, previousPath, status }: JudgedFacts['files'][number]): Finding {
  const before = previousPath ?? path;
  const what = status === 'renamed' ? `was renamed to ${inCode(path)}` : 'is removed';
  return {
    says: `${inCode(before)} ${what}, and others may use it`,
    fix: 'Keep it in place, or declare the break: `!` before the colon of the title and what to do instead.',
    at: { path: status === 'renamed' ? path : before, line: 1 },
  };
}

function breakingNotes(message: string): readonly string[] {
  const commit = parseCommit(message);
  return commit.kind === 'conventional' ? commit.breaking : [];
}

/** Only what footers tell: a mark alone explains nothing. */
function noteTexts(message: string): readonly string[] {
  const commit = parseCommit(message);
  if (commit.kind !== 'conventional') return [];
  return commit.breaking.filter((note) => note !== commit.description);
}

/** Text after `BREAKING CHANGE:` at a line's begin, or below a heading about it; null without. */
function explanationIn(body: string): string | null {
  const text = prose(body);
  const [, inline] = /^\**BREAKING[ -]CHANGE\**:\**[ \t]*(\S.*)$/m.exec(text) ?? [];
  if (inline !== undefined) return inline;
  const section = sectionsOf(text).find(({ heading }) =>
    /^(?:breaking|migration)\b/i.test(heading),
  );
  const told = section?.text.trim() ?? '';
  return told === '' || /^(?:[-*]\s*)?(?:none|n\/a|no|nothing)\.?$/i.test(told) ? null : told;
}

function labelChange(label: string, breaks: boolean, labels: readonly string[]) {
  const has = labels.includes(label);
  return { add: breaks && !has ? [label] : [], remove: !breaks && has ? [label] : [] };
}
