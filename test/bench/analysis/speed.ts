/** How many intervals a second the comparison takes in: both keys and their mixtures, as the watch calls them. */
import {
  beginTwoKeys,
  type InstancePair,
  lookWithTwoKeys,
} from '../../../src/domain/analysis/two-keys.js';

/**
 * By the time of one core that it takes, whatever else the machine does.
 * @param errors in each interval, over both sides
 */
export function updatesPerS(errors: number, forMs = 2000): number {
  const requests = errors * 100;
  const looks = [0, 1].map((more): InstancePair => {
    const mine = Math.round(errors * 0.1) + more;
    const others = Array.from({ length: 10 }, (_, n) => Math.floor((errors - mine + n) / 10));
    return {
      candidate: [{ requests: requests * 0.1, bad: mine }],
      stable: others.map((bad) => ({ requests: requests * 0.09, bad })),
    };
  });
  let state = beginTwoKeys([{ phi: 0.2, source: 'learnt', because: null }]);
  let updates = 0;
  const run = (ms: number): number => {
    const startedAtMs = coreMs();
    const before = updates;
    let spentMs = 0;
    while (spentMs < ms) {
      for (let i = 0; i < 256; i++) {
        updates++;
        state = lookWithTwoKeys(state, [looks[updates % 2] as InstancePair], updates * 1000);
      }
      spentMs = coreMs() - startedAtMs;
    }
    return ((updates - before) * 1000) / spentMs;
  };
  run(forMs / 4);
  return Math.round(run(forMs));
}

function coreMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
