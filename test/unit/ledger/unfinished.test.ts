/** What the record says is under way, and what a shell may be told to do about it. */
import assert from 'node:assert/strict';
import { emptyReadModel, foldEvents, lossNoted } from '../../../src/domain/ledger/read-model.js';
import { unfinishedIn } from '../../../src/domain/ledger/unfinished.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';

const digest = `sha256:${'4f'.repeat(32)}`;
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const release = 'release:cart:1.1.0';
const rollout = 'rollout:cart:staging:2';
const target = 'target:cart:production';
let count = 0;

function said(kind: string, subject: string, data: object = {}): LedgerEvent {
  const at = new Date(Date.parse('2026-01-01T00:00:00Z') + (count += 1) * 1000).toISOString();
  return { id: `${count}`, at, kind, subject, actor: 'ann', reason: 'why', data: { ...data } };
}
const command = (subject: string, name: string, more: object = {}) =>
  said('commandAccepted', subject, { command: name, ...more });
const asked = (subject = release, more: object = {}) =>
  command(subject, 'release', { digest, gitSha: null, from: null, allowOlder: false, ...more });
const shifted = (subject = rollout) =>
  said('trafficShifted', subject, {
    split: { stable: '1.0.0-aa', candidate: '1.1.0-bb', weight: 20, headerRoute: null },
  });
const promoted = (subject = rollout) => said('candidatePromoted', subject);
const ended = (subject = release) => said('releaseEnded', subject, { outcome: 'promoted' });
const lock = (expiresAtMs: number | null = null) => command(target, 'lock', { expiresAtMs });

const rows: readonly (readonly [string, readonly LedgerEvent[], readonly string[]])[] = [
  ['nothing', [], []],
  ['a release', [asked()], [release]],
  ['one that has ended', [asked(), ended()], []],
  ['one that was asked for again after its end', [asked(), ended(), asked()], [release]],
  ['one that was noted as lost', [asked(), said(lossNoted, release)], []],
  [
    'one that was lost and asked for again',
    [asked(), said(lossNoted, release), asked()],
    [release],
  ],
  ['one of before ends were recorded', [command(release, 'release')], []],
  ['the end of one that never began', [ended()], []],
  ['a rollout', [shifted()], [rollout]],
  ['one that is over', [shifted(), promoted()], []],
  ['one whose target went on since', [shifted(), promoted('rollout:cart:staging:3')], []],
  ['one that was noted as lost', [shifted(), said(lossNoted, rollout)], []],
  ['a lock', [lock()], [target]],
  ['a lock that was taken away', [lock(), command(target, 'unlock')], []],
  ['a lock that has run out', [lock(nowMs)], []],
  ['a lock that was noted as lost', [lock(), said(lossNoted, target)], []],
  ['a lock of nothing', [command('target:', 'lock')], []],
];

describe('what the record says is under way', () => {
  for (const [name, events, subjects] of rows) {
    it(`${name}: ${subjects.length === 0 ? 'nothing' : subjects.join(', ')}`, () => {
      const found = unfinishedIn(foldEvents(emptyReadModel, events), nowMs);
      assert.deepEqual(
        found.map(({ subject }) => subject),
        subjects,
      );
    });
  }

  const nextOf = (event: LedgerEvent) =>
    unfinishedIn(foldEvents(emptyReadModel, [event]), nowMs)[0]?.next;

  it('gives the command with all that was asked for', () => {
    const more = { from: 'production/eu', gitSha: '9fceb02', allowOlder: true };
    assert.equal(
      nextOf(asked(release, more)),
      `sluice release cart@1.1.0 --digest ${digest} --from production/eu --git-sha 9fceb02 --allow-older --reason "under way when Temporal lost it"`,
    );
    assert.match(
      nextOf(lock(nowMs + 61_000)) ?? '',
      /^sluice lock cart\/production --expires-in 2m /,
    );
  });

  it('gives nothing to a shell that could mean something else there', () => {
    assert.equal(nextOf(asked('release:$(reboot):1.1.0')), null);
    assert.equal(nextOf(asked('release:cart:`reboot`')), null);
    assert.equal(nextOf(asked(release, { digest: 'sha256:;reboot' })), null);
    const odd = nextOf(asked(release, { from: 'a;reboot', gitSha: '|reboot' }));
    assert.doesNotMatch(odd ?? '', /reboot/);
  });
});
