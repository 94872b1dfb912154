/** What is told of a pull request: a check run for each check, one comment for all, labels. */
import type { CheckConclusion } from '../repository/shapes.js';
import { withMarker } from '../repository/marker.js';
import type { PolicyFault } from '../repository/policy-reading.js';
import type { PullCheckName } from './check-names.js';
import { type CheckVerdict, type Finding, inCode, inLongCode, type LabelChange } from './facts.js';
import type { PullVerdict } from './judge.js';
import type { PullPolicy } from './schema.js';

/** The runs that `sluice.yaml` can require a merge to have. */
const runNames: Readonly<Record<PullCheckName | 'policy', string>> = {
  title: 'sluice/title',
  size: 'sluice/size',
  labels: 'sluice/labels',
  changelog: 'sluice/changelog',
  apiDocs: 'sluice/api-docs',
  commits: 'sluice/commits',
  breaking: 'sluice/breaking',
  template: 'sluice/template',
  policy: 'sluice/policy',
};

export interface PlannedRun {
  readonly name: string;
  readonly conclusion: CheckConclusion;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly {
    readonly path: string;
    readonly line: number;
    readonly level: 'warning' | 'failure';
    readonly message: string;
  }[];
}

export interface PullReport {
  readonly number: number;
  /** Head that was judged. */
  readonly sha: string;
  readonly runs: readonly PlannedRun[];
  readonly labels: LabelChange;
  /** Markdown with its marker. */
  readonly comment: string;
  /** Null: one that is there already is brought up to date, none is begun. */
  readonly mayComment: boolean;
  readonly verdict: 'passed' | 'warned' | 'failed';
}

/** GitHub shows so many characters of a comment or a summary. */
const longestText = 65_000;
const mostAnnotations = 50;

/** The same for every pull request: comments are looked for on one at a time. */
export const commentMarker = 'pull-checks';

const conclusions: Readonly<Record<CheckVerdict['verdict'], CheckConclusion>> = {
  passed: 'success',
  exempt: 'success',
  warned: 'neutral',
  failed: 'failure',
};

export function planReport(
  pull: { readonly number: number; readonly sha: string; readonly isDraft: boolean },
  verdict: PullVerdict,
  policyCheck: PlannedRun,
  policy: Pick<PullPolicy, 'comment' | 'drafts'>,
): PullReport {
  const runs = [...verdict.checks.map(planRun), policyCheck];
  const worst = runs.some(({ conclusion }) => conclusion === 'failure')
    ? 'failed'
    : runs.some(({ conclusion }) => conclusion === 'neutral')
      ? 'warned'
      : 'passed';
  const isQuiet = pull.isDraft && policy.drafts === 'quiet';
  const isWanted =
    policy.comment === 'always' || (policy.comment === 'onProblem' && worst !== 'passed');
  return {
    number: pull.number,
    sha: pull.sha,
    runs,
    labels: isQuiet ? { add: [], remove: [] } : verdict.labels,
    comment: withMarker(commentText(verdict.checks, policyCheck, worst), commentMarker),
    mayComment: isWanted && !isQuiet,
    verdict: worst,
  };
}

function planRun(check: CheckVerdict): PlannedRun {
  const level = check.verdict === 'failed' ? 'failure' : 'warning';
  const annotations = check.findings.flatMap(({ says, fix, at }) =>
    at === undefined ? [] : [{ ...at, level, message: plain(`${says}. ${fix}`) } as const],
  );
  return {
    name: runNames[check.name],
    conclusion: conclusions[check.verdict],
    title: cut(check.title, 200),
    summary: cut(summaryOf(check), longestText),
    annotations: annotations.slice(0, mostAnnotations),
  };
}

/**
 * Whether the policy itself can be read.
 * @param faults of the file that holds now; @param own of the file as the pull request leaves it, null when it does not touch it
 */
export function policyRun(
  faults: readonly PolicyFault[],
  own: readonly PolicyFault[] | null,
): PlannedRun {
  const told = own ?? faults;
  const title =
    told.length > 0 ? `${told.length} of its rules cannot be read` : 'The rules can be read';
  const held = 'Until it is mended the organisation’s own rules hold.';
  const lines = told.map(
    ({ file, line, message }) => `- ${inCode(`${file}:${line}`)} ${inLongCode(message, 1_000)}`,
  );
  const fix = '**Mend it:** `sluice validate` shows the same on your machine.';
  return {
    name: runNames.policy,
    // Only whoever breaks it, or could mend it, is held up by it.
    conclusion: told.length === 0 ? 'success' : own === null ? 'neutral' : 'failure',
    title,
    summary:
      told.length === 0
        ? 'All rules of `sluice.yaml` are known.'
        : [held, ...lines, fix].join('\n'),
    annotations: told
      .filter(({ line }) => line > 0)
      .slice(0, mostAnnotations)
      .map(({ file, line, message }) => ({
        ...{ path: file, line, message },
        level: own === null ? ('warning' as const) : ('failure' as const),
      })),
  };
}

function summaryOf({ verdict, title, findings, notes }: CheckVerdict): string {
  const parts = [...findings.map(findingLines), ...notes.map((note) => `- ${note}`)];
  if (parts.length > 0) return parts.join('\n');
  return verdict === 'exempt' ? `${inCode(title)}` : 'Nothing to mend.';
}

function findingLines({ says, fix }: Finding): string {
  return `- ${sentence(says)}\n  **Mend it:** ${fix}`;
}

const marks = { passed: '✅', exempt: '⏭️', warned: '⚠️', failed: '❌' } as const;

function commentText(
  checks: readonly CheckVerdict[],
  policyCheck: PlannedRun,
  worst: PullReport['verdict'],
): string {
  const failed = checks.filter(({ verdict }) => verdict === 'failed').length;
  const warned = checks.filter(({ verdict }) => verdict === 'warned').length;
  const heads = {
    passed: '### ✅ All checks of this pull request pass',
    warned: `### ⚠️ ${warned === 1 ? 'One check has' : `${warned} checks have`} a remark`,
    failed: `### ❌ ${failed === 1 ? 'One check fails' : `${failed} checks fail`}`,
  };
  const isPolicyWrong = policyCheck.conclusion !== 'success';
  const head =
    isPolicyWrong && failed + warned === 0 ? '### ⚠️ The rules cannot be read' : heads[worst];
  const details = checks
    .filter(({ findings }) => findings.length > 0)
    .flatMap((check) => ['', `**${runNames[check.name]}**`, ...check.findings.map(findingLines)]);
  if (isPolicyWrong) details.push('', `**${runNames.policy}**`, policyCheck.summary);
  return cut(
    [
      head,
      '',
      '| check | |',
      '|---|---|',
      ...checks.map(
        ({ name, verdict, title }) => `| ${runNames[name]} | ${marks[verdict]} ${inCell(title)} |`,
      ),
      ...details,
    ].join('\n'),
    longestText,
  );
}

function sentence(text: string): string {
  const begun = text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Titles name paths, labels and logins of others. */
function inCell(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~]/g, (sign) => `\\${sign}`).replaceAll('@', '@\u200b');
}

/** Without the signs of code, where markdown is not rendered. */
function plain(text: string): string {
  return text.replaceAll('`', '').replaceAll('**', '');
}

function cut(text: string, longest: number): string {
  return text.length <= longest
    ? text
    : `${text.slice(0, longest - 40)}\n\n… and more that is not shown.`;
}
