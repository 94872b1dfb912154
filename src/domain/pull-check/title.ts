/** Is the title a conventional commit? It becomes the commit when the pull request is squashed. */
import { parseCommit } from '../commit/parse.js';
import { peerWarnings } from '../commit/peers.js';
import { type Finding, inCode, type Judgement, type PullFacts } from './facts.js';
import { headerFindings } from './header.js';
import type { PullPolicy } from './schema.js';

const workInProgress = /^\s*(?:\[wip\]|\(wip\)|wip\b|🚧)/i;

export function checkTitle({ pull, commits }: PullFacts, policy: PullPolicy): Judgement {
  const rules = policy.title;
  const title = pull.title.trim();
  if (workInProgress.test(title)) {
    const fix = 'Take it out of the title when the work is done; a draft says the same meanwhile.';
    const finding = { says: `the title ${inCode(title)} says that work is in progress`, fix };
    return { title: 'Work in progress', findings: [finding] };
  }
  const findings: Finding[] = [...headerFindings(title, 'the title', rules)];
  const own = commits.filter(({ parents }) => parents.length < 2);
  const [only] = own;
  if (rules.singleCommit && own.length === 1 && only !== undefined) {
    findings.push(...headerFindings(only.message, 'the only commit', rules));
  }
  return {
    title: findings.length > 0 ? 'Not as commits are titled here' : describe(title),
    findings,
    notes: peerWarnings(title, policy.releaseTools).map(inCode),
  };
}

function describe(title: string): string {
  const commit = parseCommit(title);
  if (commit.kind !== 'conventional') return 'A revert';
  const scope = commit.scope === null ? '' : ` of ${commit.scope}`;
  return `${commit.type}${scope}${commit.breaking.length > 0 ? ', breaking' : ''}`.slice(0, 100);
}
