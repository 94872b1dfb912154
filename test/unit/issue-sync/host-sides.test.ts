/** What a worker remembers of the host within a pass: an issue that changed since is never taken for what it was. */
import assert from 'node:assert/strict';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { createHostSides } from '../../../src/activities/repository/sync-host.js';
import type { HostIssue, IssueComment } from '../../../src/domain/issue-sync/shapes.js';

const repository = { owner: 'acme', name: 'shop' };
const before: IssueComment = {
  ...{ id: 2, author: 'ada', body: 'one' },
  ...{ createdAtMs: 1, updatedAtMs: 1 },
};
const fields: HostIssue['fields'] = {
  ...{ title: 'T', body: '', state: 'open', reason: null },
  ...{ labels: [], assignees: [], milestone: null },
};

describe('sides at the host', () => {
  it('asks for the comments of an issue again that changed after all were listed', async () => {
    let comment = before;
    const issueNow = (): HostIssue => ({
      ...{ kind: 'issue', number: 1, id: 'I_1', fields, markers: [], author: 'ada', url: '' },
      ...{ createdAtMs: 1, updatedAtMs: comment.updatedAtMs, commentCount: 1 },
    });
    const syncedIssues = {
      readIssues: async () => [issueNow()],
      readComments: async () => [comment],
      async *changedIssues() {
        yield issueNow();
      },
      async *changedComments() {
        if (comment !== before) yield { ...comment, number: 1 };
      },
    };
    const ports = { codeHost: { syncedIssues } } as unknown as ActivityPorts;
    const side = createHostSides(ports)(repository, 'pass');
    const known = new Map([[1, [before]]]);
    const told = async (): Promise<string | undefined> =>
      (await side.comments([issueNow()], known, 1, true)).get(1)?.[0]?.body;
    await side.read([1]);
    assert.equal(await told(), 'one');
    comment = { ...before, body: 'one, and two', updatedAtMs: 2 };
    await side.read([1]);
    assert.equal(await told(), 'one, and two');
  });

  for (const [count, lists, reads] of [
    [8, 1, 8],
    [9, 2, 0],
  ] as const) {
    it(`lists all comments ${lists === 1 ? 'once' : 'again'} where ${count} issues changed since, and reads ${reads} one by one`, async () => {
      let atMs = 1;
      const calls = { lists: 0, reads: 0 };
      const numbers = Array.from({ length: count }, (_, n) => n + 1);
      const commentOf = (number: number): IssueComment =>
        atMs === 1 ? { ...before, id: number } : { ...before, id: number, body: 'two' };
      const issueNow = (number: number): HostIssue => ({
        ...{ kind: 'issue', number, id: `I_${number}`, fields, markers: [], author: 'ada' },
        ...{ url: '', createdAtMs: 1, updatedAtMs: atMs, commentCount: 1 },
      });
      const syncedIssues = {
        readIssues: async () => numbers.map(issueNow),
        readComments: async (_: unknown, number: number) => {
          calls.reads += 1;
          return [commentOf(number)];
        },
        async *changedComments() {
          calls.lists += 1;
          for (const number of numbers) yield { ...commentOf(number), number };
        },
      };
      const ports = { codeHost: { syncedIssues } } as unknown as ActivityPorts;
      const side = createHostSides(ports)(repository, 'pass');
      const bodies = async () => {
        const found = await side.comments(numbers.map(issueNow), new Map(), 1, true);
        return numbers.map((number) => found.get(number)?.[0]?.body);
      };
      await side.read(numbers);
      assert.deepEqual(
        await bodies(),
        numbers.map(() => 'one'),
      );
      atMs = 2;
      await side.read(numbers);
      assert.deepEqual(
        await bodies(),
        numbers.map(() => 'two'),
      );
      assert.deepEqual(calls, { lists, reads });
    });
  }
});
