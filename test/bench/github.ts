/**
 * `npm run bench:github`: what keeping a repository costs at GitHub, in calls, beside the least that is possible and
 * what actions/stale needs for the same; and how soon checks stand. `--json`; `--only stale`, `idle`, `branches` or `checks`;
 * `--items 500` for fewer.
 */
import { parseArgs } from 'node:util';
import { type BranchCost, measureBranches } from './github/branches.js';
import { type IdleCost, measureIdle } from './github/idle.js';
import { type CheckLatency, measureChecks } from './github/pull-checks.js';
import { measureStaleItems, type StaleCost } from './github/stale-items.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    items: { type: 'string', default: '5000' },
    branches: { type: 'string', default: '1000' },
    events: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '120' },
  },
});
const wants = (part: string): boolean => values.only === undefined || values.only === part;

interface Result {
  /** What an hour costs in which nothing happens; the sweeps that make up for lost webhooks are the polling. */
  readonly idleCallsPerHour?: { readonly webhook?: number; readonly poll?: number };
  readonly idle?: IdleCost;
  readonly stale?: StaleCost;
  readonly branches?: BranchCost;
  readonly prCheckLatencyMs?: CheckLatency;
}

const stale = wants('stale') ? await measureStaleItems(Number(values.items)) : undefined;
const idle = wants('idle') ? await measureIdle(Number(values.seconds)) : undefined;
const branches = wants('branches') ? await measureBranches(Number(values.branches)) : undefined;
const checks = wants('checks') ? await measureChecks(Number(values.events)) : undefined;

/** A pass for stale items a day: policy (two calls), the list, those that carry the mark; branches: every 6 hours. */
const callsADay = (stale?.callsPerIdlePass ?? 0) + 3 + 4 * (branches?.calls ?? 0);
const result: Result = {
  idleCallsPerHour: {
    ...(idle && { webhook: idle.callsPerHour }),
    ...(stale && { poll: Math.round((callsADay / 24) * 100) / 100 }),
  },
  ...(idle && { idle }),
  ...(stale && { stale }),
  ...(branches && { branches }),
  ...(checks && { prCheckLatencyMs: checks }),
};

if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(`${linesOf(result).join('\n')}\n`);
process.exit(0);

function linesOf({ idleCallsPerHour, idle, stale: cost, branches: all, prCheckLatencyMs }: Result) {
  const lines: string[] = [];
  if (idle)
    lines.push(`idle     ${idle.calls} calls in ${idle.seconds} s, ${idle.flows} flows waiting`);
  if (idleCallsPerHour?.poll !== undefined)
    lines.push(`         ${idleCallsPerHour.poll} calls an hour by polling`);
  if (cost) {
    const { floor, actionsStale, closing } = cost;
    lines.push(
      `stale    ${cost.items} marked: ${cost.calls} calls, ${cost.writes} writes in ${cost.hours} h, ${cost.refused} refused`,
      `         least ${floor.calls} calls; actions/stale ${actionsStale.calls}, in ${actionsStale.runsByDefault} runs by default`,
      `         closed: ${closing.calls} calls, ${closing.writes} writes in ${closing.hours} h; actions/stale ${closing.actionsStale.calls}, after ${closing.actionsStale.callsADayOfWaiting} a day`,
    );
  }
  if (all) lines.push(`branches ${all.count}: ${all.calls} calls, least ${all.floor.calls}`);
  if (prCheckLatencyMs) {
    const { p50, p99, events, atOnce } = prCheckLatencyMs;
    lines.push(
      `checks   p50 ${p50} ms, p99 ${p99} ms over ${events} events`,
      `         p50 ${atOnce.p50} ms, p99 ${atOnce.p99} ms when all come at once`,
    );
  }
  return lines;
}
