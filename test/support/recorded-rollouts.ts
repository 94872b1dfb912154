/** Events of releases and their rollouts as the workflows record them, for a ledger of any length. */
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import { stableOnly } from '../../src/domain/rollout/split.js';

const startMs = Date.parse('2026-01-01T00:00:00Z');
/** Of one release with one rollout, a second apart. */
const eventsEach = 10;

/** Every fourth rollout is rolled back. */
export function rolloutEvents(count: number): LedgerEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const release = Math.floor(n / eventsEach);
    return eventOf(release, n % eventsEach, new Date(startMs + n * 1000).toISOString());
  });
}

function eventOf(release: number, step: number, at: string): LedgerEvent {
  const service = `service-${release % 50}`;
  const n = Math.floor(release / 50) + 1;
  const version = `1.${n}.0`;
  const rollout = `rollout:${service}:production:${n}`;
  const candidate = `${version}-4f2a9c1b`;
  const stable = n === 1 ? null : `1.${n - 1}.0-4f2a9c1b`;
  const named = { id: `${release}/${step}`, at, subject: rollout, actor: 'sluice' };
  const fails = release % 4 === 3;
  switch (step) {
    case 0: {
      const subject = `release:${service}:${version}`;
      const data = { command: 'release' };
      return { ...named, subject, actor: 'ci', kind: 'commandAccepted', reason: 'merged', data };
    }
    case 8: {
      const data = {
        kind: fails ? 'fail' : 'pass',
        looks: 12,
        evidenceRef: `sha256:${'a'.repeat(64)}`,
      };
      return { ...named, kind: 'verdictReached', reason: 'errors 2.1 % of 5 %', data };
    }
    case 9: {
      const split = stableOnly(fails ? stable : candidate);
      const kind = fails ? 'stableRestored' : 'candidatePromoted';
      return {
        ...named,
        kind,
        reason: fails ? 'errors 31 % of 5 %' : 'all steps passed',
        data: { split },
      };
    }
    default: {
      const split = { stable, candidate, weight: step * 10, headerRoute: null };
      const data = { split, instances: 3 };
      return { ...named, kind: 'trafficShifted', reason: `step ${step} of 7`, data };
    }
  }
}
