/** Histories as CSV: a stable revision alone for a while, then a candidate beside it. */
import { randomFrom } from '../unit/analysis/seeded-random.js';

export interface HistoryWorld {
  readonly seed: number;
  /** Times stable's share of errors. */
  readonly factor: number;
  /** Requests of a look, both sides together. */
  readonly requests?: number;
  readonly stableLooks?: number;
  readonly looks?: number;
  readonly values?: 'counters' | 'increases';
  readonly form?: 'side' | 'revision';
}

const share = 0.002;
export const firstAtMs = Date.UTC(2026, 0, 15, 12);
export const everyMs = 15_000;

/** Rows every 15 s: two instances of stable, and one of the candidate with a tenth of the traffic. */
export function historyCsv(world: HistoryWorld): string {
  const { seed, factor, requests = 900, stableLooks = 45, looks = 90 } = world;
  const { values = 'counters', form = 'side' } = world;
  const random = randomFrom(seed);
  const drawn = (count: number, chance: number): number => {
    let hits = 0;
    for (let n = 0; n < count; n++) if (random() < chance) hits++;
    return hits;
  };
  const lines = [`time,${form},instance,requests,errors,le_100,le_1000,le_2500`];
  const sums = new Map<string, readonly number[]>();
  for (let n = 0; n < looks; n++) {
    const time = new Date(firstAtMs + n * everyMs).toISOString();
    for (const instance of ['stable-a', 'stable-b', 'candidate-a']) {
      const isCandidate = instance === 'candidate-a';
      if (isCandidate && n < stableLooks) continue;
      const sent = Math.round(requests * (isCandidate ? 0.1 : 0.45));
      const slow = drawn(sent, 0.01);
      const errors = drawn(sent, share * (isCandidate ? factor : 1));
      const row = [sent, errors, sent - 2 * slow, sent - slow, sent];
      const before = sums.get(instance) ?? row.map(() => 0);
      const sum = row.map((count, column) => count + (before[column] ?? 0));
      sums.set(instance, sum);
      const side = isCandidate ? 'candidate' : 'stable';
      const name = form === 'side' ? side : isCandidate ? '2.0.0' : '1.0.0';
      lines.push([time, name, instance, ...(values === 'increases' ? row : sum)].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
