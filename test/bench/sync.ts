/**
 * `npm run bench:sync`: what keeping issues and files the same costs at GitHub in calls, how soon a change is seen on the
 * other side, and what many issues take. `--json`; `--only cost`, `latency` or `large`; `--issues 1000` for fewer.
 */
import { parseArgs } from 'node:util';
import { measureIdle, measureImport, measurePass, measurePush } from './sync/costs.js';
import { measureLarge } from './sync/large.js';
import { measureLatency } from './sync/latency.js';
import { type SyncScene, startSyncScene } from './sync/scene.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    issues: { type: 'string', default: '10000' },
    events: { type: 'string', default: '20' },
  },
});

/** What is to be reached, by the issue in which it was asked for. */
const floors = {
  ...{ idlePoll: 1, importCalls: 65, pushCalls: 3, apiOnlyCalls: 7, passCalls: 4, latencyS: 10 },
};

async function costsOf(scene: SyncScene) {
  const { key, cost } = await measureImport(scene, { issues: 1000, pulls: 500, comments: 5000 });
  const idle = await measureIdle(scene, key);
  const pass = await measurePass(scene, key, { k: 100, m: 20 });
  return { idle, import: cost, push: await measurePush(scene, 20), pass };
}

const wants = (part: string): boolean => values.only === undefined || values.only === part;
const scene = await startSyncScene();
try {
  const costs = wants('cost') ? await costsOf(scene) : undefined;
  const latencyS = wants('latency')
    ? await measureLatency(scene, Number(values.events))
    : undefined;
  const most = Number(values.issues);
  const large = wants('large')
    ? await measureLarge(scene, [most / 10, most], [1, 10, 100])
    : undefined;
  const missed = [
    ...(costs === undefined
      ? []
      : [
          ...missedBy('idle.poll', costs.idle.poll, floors.idlePoll),
          ...missedBy('idle.webhook', costs.idle.webhook, 0),
          ...missedBy('import.calls', costs.import.calls, floors.importCalls),
          ...missedBy('push.calls', costs.push.calls, floors.pushCalls),
          ...missedBy('push.newCalls', costs.push.newCalls, floors.pushCalls),
          ...missedBy('push.apiOnlyCalls', costs.push.apiOnlyCalls, floors.apiOnlyCalls),
          ...missedBy('pass.calls', costs.pass.calls, floors.passCalls),
        ]),
    ...(latencyS === undefined ? [] : missedBy('latencyS.p99', latencyS.p99, floors.latencyS)),
  ];
  const result = { ...costs, ...(latencyS && { latencyS }), ...(large && { large }), missed };
  process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
} finally {
  await scene.stop();
}
process.exit(0);

function missedBy(what: string, seen: number, limit: number): readonly string[] {
  return seen <= limit ? [] : [`${what} is ${seen}, and is to be ${limit} at most`];
}
