/** Is every commit a conventional one? For repositories that merge or rebase and so keep them. */
import { parseCommit } from '../commit/parse.js';
import { peerWarnings } from '../commit/peers.js';
import { counted, inCode, type Judgement, type PullFacts } from './facts.js';
import { headerFindings } from './header.js';
import type { PullPolicy } from './schema.js';

/** More would not be read. */
const mostFindings = 20;

export function checkCommits({ pull, commits }: PullFacts, policy: PullPolicy): Judgement {
  const own = commits.filter(
    ({ parents, message }) => parents.length < 2 && parseCommit(message).kind !== 'merge',
  );
  const wrong = own.flatMap(({ sha, message }) => {
    const where = `commit ${sha.slice(0, 7)}`;
    const [first, ...rest] = headerFindings(message, where, policy.commits);
    if (first === undefined) return [];
    const reword = `${first.fix} Then: \`git rebase --interactive\`, \`reword ${sha.slice(0, 7)}\`.`;
    return [{ commit: sha, found: [{ ...first, fix: reword }, ...rest] }];
  });
  const findings = wrong.flatMap(({ found }) => found);
  const notes = own
    .flatMap(({ message }) => peerWarnings(message, policy.releaseTools))
    .slice(0, mostFindings)
    .map(inCode);
  if (findings.length > mostFindings) {
    notes.push(`${findings.length - mostFindings} further findings are not shown`);
  }
  if (commits.length < pull.commits) {
    notes.push(
      `only the first ${commits.length} of ${pull.commits} commits are listed and checked`,
    );
  }
  return {
    title:
      wrong.length > 0
        ? `${wrong.length} of ${counted(own.length, 'commit')} not as written here`
        : `${counted(own.length, 'commit')}`,
    findings: findings.slice(0, mostFindings),
    notes,
  };
}
