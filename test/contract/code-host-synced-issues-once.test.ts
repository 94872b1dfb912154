/** Issues made and written under faults at every turn: one issue for every intent, and every write there in the end. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failures.js';
import type { HostCreation } from '../../src/domain/issue-sync/issue-plan.js';
import type { SyncedIssues } from '../../src/ports/code-host/synced-issues.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

const kinds = [
  ...(['errorAfterEffect', 'errorBeforeEffect', 'hangUp', 'errorInside'] as const),
  ...(['cutInside', 'limitInside', 'secondaryLimit'] as const),
];
interface Planned {
  readonly kind: (typeof kinds)[number];
  readonly after: number;
  readonly isWrite: boolean;
}

const faults: fc.Arbitrary<readonly Planned[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), after: fc.nat(4), isWrite: fc.boolean() }),
  { maxLength: 4 },
);

describe('synced issues under faults', function () {
  this.timeout(280_000);
  let github: GithubUnderTest;
  let serial = 0;
  let nowMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ startMs: nowMs });
  });
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  function advance(byMs: number): void {
    nowMs += byMs;
    github.control.clock.set(nowMs);
  }

  /** As an activity is tried again: the same intent, from the time of the first attempt. */
  async function untilDone<T>(attempt: (retriedSinceMs: number | null) => Promise<T>): Promise<T> {
    const startedAtMs = nowMs;
    for (let tries = 0; tries < 30; tries += 1) {
      try {
        return await attempt(tries === 0 ? null : startedAtMs);
      } catch (error) {
        assert.ok(error instanceof Failure, String(error));
        assert.ok(['Unavailable', 'RateLimited'].includes(error.code), error.code);
        advance(error.details.retryAfterMs ?? 1000);
      }
    }
    throw new Error('it never ends');
  }

  async function story(synced: SyncedIssues, planned: readonly Planned[], lagMs: number) {
    const { control, repository } = github;
    advance(10_000);
    control.clearFaults();
    control.lag.listMs = lagMs;
    serial += 1;
    const word = `once-${serial}`;
    for (const { kind, after, isWrite } of planned) {
      control.fault({ operation: isWrite ? 'updateIssue' : 'createIssue', kind, after });
    }
    const issues = Array.from({ length: 4 }, (_, n): HostCreation => {
      const marker = `${word}/${n}`;
      return { marker, title: marker, body: 'new', labels: ['a'], assignees: [], milestone: null };
    });
    const made = await untilDone((since) => synced.createIssues(repository, issues, since));
    const writes = made.map((one) => {
      assert.ok(one.kind === 'written');
      const { id, number, markers } = one.issue;
      return { id, number, body: `old\n\n${markers.join('\n')}`, addLabels: ['b'] };
    });
    const written = await untilDone(() => synced.writeIssues(repository, writes));
    const items = [...control.repository(repository).items.values()];
    for (const [index, { marker }] of issues.entries()) {
      const own = items.filter(({ body }) => body?.includes(`sluice:${marker} `));
      assert.deepEqual([own.length, own[0]?.labels], [1, ['a', 'b']], marker);
      const end = written[index];
      assert.ok(end?.kind === 'written' && end.issue.number === own[0]?.number);
      assert.equal(end.issue.fields.body, 'old');
    }
  }

  it('makes one of each, and writes all, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(faults, fc.constantFrom(0, 4000), async (planned, lagMs) => {
        const { syncedIssues } = github.connect({ now: () => nowMs });
        await story(syncedIssues, planned, lagMs);
      }),
      { numRuns: 30 },
    );
  });
});
