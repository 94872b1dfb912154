/** Both ways to the files of issues, held to one contract. */
import { createGitIssueTree } from '../../src/adapters/git/issue-tree.js';
import { createGithubIssueTree } from '../../src/adapters/github/issue-tree.js';
import type { TreeUnderTest } from '../support/tree-scene.js';
import { describeTreePushes } from './issue-tree-push.contract.js';
import { describeTreeRaces } from './issue-tree-races.contract.js';
import { describeTreeReading } from './issue-tree.contract.js';

const ways: readonly TreeUnderTest[] = [
  {
    ...{ name: 'git', pushes: 'git/push' },
    connect: (github) => createGitIssueTree(github.connectMirrors()),
    connectHasty(github) {
      // The stand-in does one write after the other: none while this one lasts.
      let letGo = () => {};
      const done = github.control.world.inOrder(
        () =>
          new Promise<void>((resolve) => {
            letGo = resolve;
          }),
      );
      return {
        tree: createGitIssueTree(github.connectMirrors(), { pushMs: 1500 }),
        async release() {
          letGo();
          await done;
          await github.control.world.inOrder(async () => {});
        },
      };
    },
  },
  {
    ...{ name: 'the API alone', pushes: 'updateRefs' },
    connect: (github) => createGithubIssueTree(github.access),
    connectHasty(github) {
      let late: (() => Promise<unknown>) | null = null;
      return {
        tree: createGithubIssueTree({
          ...github.access,
          async fetch(...asked) {
            const [url, { signal: _given, ...request } = {}] = asked;
            const isPush = typeof request.body === 'string' && request.body.includes('updateRefs');
            if (late !== null || !isPush) return fetch(...asked);
            late = () => fetch(url, request);
            throw new DOMException('The operation timed out', 'TimeoutError');
          },
        }),
        release: async () => void (await late?.()),
      };
    },
  },
];

for (const way of ways) {
  describeTreeReading(way);
  describeTreePushes(way);
  describeTreeRaces(way);
}
