/** How many intervals a second the comparison takes in: both keys and their mixtures, as the watch calls them. */
import {
  beginTwoKeys,
  type InstancePair,
  lookWithTwoKeys,
} from '../../../src/domain/analysis/two-keys.js';

/** @param errors in each interval, over both sides */
export function updatesPerS(errors: number, forMs = 2000): number {
  const requests = errors * 100;
  const mine = Math.round(errors * 0.1);
  const others = Array.from({ length: 10 }, (_, n) => Math.floor((errors - mine + n) / 10));
  const looks: InstancePair[] = [0, 1].map((more) => ({
    candidate: [{ requests: requests * 0.1, bad: mine + more }],
    stable: others.map((bad) => ({ requests: requests * 0.09, bad })),
  }));
  let state = beginTwoKeys([{ phi: 0.2, source: 'learnt', because: null }]);
  let updates = 0;
  const warmUntil = performance.now() + forMs / 4;
  let startedAt = Number.NaN;
  for (let now = 0; !(now - startedAt > forMs); now = performance.now()) {
    if (Number.isNaN(startedAt) && now > warmUntil) {
      startedAt = now;
      updates = 0;
    }
    for (let i = 0; i < 64; i++) {
      updates++;
      state = lookWithTwoKeys(state, [looks[updates % 2] as InstancePair], updates * 1000);
    }
  }
  return Math.round((updates * 1000) / forMs);
}
