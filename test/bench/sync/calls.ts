/** Which of the requests are about issues, comments and the one push, and which are the others. */
import type { Calls } from './scene.js';

/** Reads and writes of issues and comments: queries and mutations by their names, REST by its operations. */
const ofIssues =
  /^(issues\/(?!.*label|.*milestone).*|changedIssues|readIssues|readHistory|writeIssues|createIssues)$/;
const reads = /^(issues\/(list|get).*|changedIssues|readIssues|readHistory)$/;
const ofToken = /access.token|^apps\/|installation/;
const ofPolicy = /^repos\/(get|get-content)$/;

const sumOf = ({ by }: Calls, fits: (name: string) => boolean): number =>
  Object.entries(by).reduce((sum, [name, count]) => (fits(name) ? sum + count : sum), 0);

export const issueReads = (calls: Calls): number =>
  sumOf(calls, (name) => ofIssues.test(name) && reads.test(name));

/** With every push. */
export const issueCalls = (calls: Calls): number =>
  sumOf(calls, (name) => ofIssues.test(name) || name === 'git/push');

export const otherCalls = (calls: Calls): number => sumOf(calls, () => true) - issueCalls(calls);

/** Of files and issues alike; not the token, the policy, which more flows share, and where the refs are. */
export const apiOnlyCalls = (calls: Calls): number =>
  sumOf(calls, (name) => !ofToken.test(name) && !ofPolicy.test(name) && name !== 'treeRefs');
