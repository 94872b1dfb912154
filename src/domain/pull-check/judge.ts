/** All checks of a pull request together: what each says, which labels change, and who is exempt. */
import { checkApiDocs } from './api-docs.js';
import { checkBreaking } from './breaking.js';
import { checkNames, type PullCheckName } from './check-names.js';
import { checkChangelog } from './changelog.js';
import { checkCommits } from './commits.js';
import type { CheckVerdict, JudgedFacts, Judgement, LabelChange, PullFacts } from './facts.js';
import { generatedTest } from './generated.js';
import { checkLabels } from './labels.js';
import type { PullPolicy } from './schema.js';
import { checkSize } from './size.js';
import { checkTemplate } from './template.js';
import { checkTitle } from './title.js';

/** Raised when the same policy comes to judge otherwise: reports under the old number stay as they are. */
export const rulesEdition = 1;

/** GitHub takes no more on one issue. */
const mostLabels = 100;

const judges: Readonly<
  Record<PullCheckName, (facts: JudgedFacts, policy: PullPolicy) => Judgement>
> = {
  title: checkTitle,
  size: checkSize,
  labels: checkLabels,
  changelog: checkChangelog,
  apiDocs: checkApiDocs,
  commits: checkCommits,
  breaking: checkBreaking,
  template: checkTemplate,
};

export interface PullVerdict {
  /** Those that are on, in their usual order. */
  readonly checks: readonly CheckVerdict[];
  readonly labels: LabelChange;
}

/** Exempt pull requests pass everything; labels by size and path are put on them all the same. */
export function judgePull(facts: PullFacts, policy: PullPolicy): PullVerdict {
  const isGenerated = generatedTest(facts.gitattributes, policy.generated);
  const judged: JudgedFacts = { ...facts, isGenerated };
  const found = checkNames
    .filter((name) => policy[name].level !== 'off')
    .map((name) => ({ name, judgement: judges[name](judged, policy) }));
  return {
    checks: found.map(({ name, judgement }) => verdictOf(name, judgement, facts, policy)),
    labels: joinLabels(
      facts.pull.labels,
      found.map(({ judgement }) => judgement.labels),
    ),
  };
}

function verdictOf(
  name: PullCheckName,
  { title, findings, notes = [] }: Judgement,
  { pull }: PullFacts,
  policy: PullPolicy,
): CheckVerdict {
  const exemption = exemptionOf(name, pull, policy);
  if (exemption !== null && findings.length > 0) {
    return { name, verdict: 'exempt', title: `Exempt: ${exemption}`, findings: [], notes };
  }
  const wrong = policy[name].level === 'require' ? 'failed' : 'warned';
  return { name, verdict: findings.length > 0 ? wrong : 'passed', title, findings, notes };
}

function exemptionOf(
  name: PullCheckName,
  { author, labels }: PullFacts['pull'],
  policy: PullPolicy,
): string | null {
  if (policy.ignoreBots && author.kind === 'bot') return `by the bot ${author.login}`;
  const all = [...policy.skipLabels, ...policy[name].skipLabels].map(folded);
  const label = labels.find((each) => all.includes(folded(each)));
  return label === undefined ? null : `label ${label}`;
}

/** The host holds labels to be the same whatever their case. */
function folded(label: string): string {
  return label.toLowerCase();
}

/** What one check adds no other takes away, and nothing goes over the host's limit. */
function joinLabels(
  carried: readonly string[],
  changes: readonly (LabelChange | undefined)[],
): LabelChange {
  const has = new Set(carried.map(folded));
  const added = new Map<string, string>();
  const removed = new Set<string>();
  for (const change of changes) {
    for (const label of change?.add ?? []) added.set(folded(label), label);
    for (const label of change?.remove ?? []) removed.add(label);
  }
  const remove = [...removed].filter((label) => !added.has(folded(label)));
  const room = Math.max(0, mostLabels - carried.length + remove.length);
  const add = [...added].filter(([key]) => !has.has(key)).map(([, label]) => label);
  return { add: add.slice(0, room), remove };
}
