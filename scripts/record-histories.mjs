/** Records the histories that replay tests go through: node --import tsx scripts/record-histories.mjs [part of a name …] */
import { readFileSync, writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { keepingStories } from '../test/replay/keeping-recordings.js';
import { mergingStories } from '../test/replay/merging-recordings.js';
import { faultyVersion, stories } from '../test/replay/recordings.js';
import { repositoryStories } from '../test/replay/repository-recordings.js';
import { syncStories } from '../test/replay/sync-recordings.js';
import { startEngine } from '../test/support/engine-under-test.js';
import { startGithub } from '../test/support/github.js';
import { createOperator } from '../test/support/operator.js';
import { bareBook } from '../test/support/policy-file.js';

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Machine, process and file names are nobody's business, and replays do not look at them.
 * @param {string} key
 * @param {unknown} value
 */
function withoutPlaces(key, value) {
  if (key === 'identity') return 'worker';
  // The queue of one process, named after it.
  if (key === 'name' && typeof value === 'string' && /^\d+@/.test(value)) return 'sticky';
  return key === 'stackTrace' ? undefined : value;
}

const wanted = process.argv.slice(2);
// A target continues as new when the server says so: here soon, so that its history stays small.
const github = await startGithub();
const engine = await startEngine({
  repositories: {
    codeHost: github.codeHost,
    policies: bareBook,
    issueTree: github.issueTree,
    issueTreeOverApi: github.issueTreeOverApi,
  },
  serverSettings: ['limit.historyCount.suggestContinueAsNew=150'],
});
try {
  const operator = createOperator(engine);
  engine.behaviours.set(faultyVersion, { errorRate: 0.3, latencyMs: 20 });
  for (const [name, story] of Object.entries({
    ...stories,
    ...repositoryStories,
    ...mergingStories,
    ...keepingStories,
    ...syncStories,
  })) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const { workflowId, runId } = await story(operator, engine, github);
    const history = await engine.client.workflow.getHandle(workflowId, runId).fetchHistory();
    /** @type {{ events: unknown[] }} */
    const { events } = JSON.parse(historyToJSON(history), withoutPlaces);
    const text = `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
    const file = `test/replay/histories/${name}-${version}.json`;
    writeFileSync(new URL(`../${file}`, import.meta.url), text);
    console.log(`${file}: ${events.length} events, ${Math.round(text.length / 1024)} kB`);
  }
} finally {
  await engine.stop();
  await github.stop();
}
