/** Recorded histories replay with the workflows as they are now: what runs in production survives an update. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createRolloutMetrics } from '../../src/workers/rollout-metrics.js';
import * as workflows from '../../src/workflows/index.js';
import { bundleOnce, installQuietRuntime } from '../support/engine-under-test.js';
import { keepingStories } from './keeping-recordings.js';
import { mergingStories } from './merging-recordings.js';
import { stories } from './recordings.js';
import { repositoryStories } from './repository-recordings.js';
import { syncStories } from './sync-recordings.js';

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: {
      readonly workflowType: { readonly name: string };
    };
  }[];
}

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => {
    const text = readFileSync(`${folder}${name}`, 'utf8');
    return { name, text, history: JSON.parse(text) as RecordedHistory };
  });
const typeOf = ({ events }: RecordedHistory): string | undefined =>
  events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name;

/** Faults by name of the history. */
async function replay(
  workflowBundle: WorkflowBundle,
  histories: typeof recorded,
): Promise<Map<string, Error | undefined>> {
  const faults = new Map<string, Error | undefined>();
  const results = Worker.runReplayHistories(
    { workflowBundle, sinks: createRolloutMetrics().sinks },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  );
  for await (const { workflowId, error } of results) faults.set(workflowId, error);
  return faults;
}

/** Everything that was handed over, as text: payloads lie in histories as base64. */
function payloadsIn(text: string): string {
  return [...text.matchAll(/"data":"([^"]*)"/g)]
    .map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'))
    .join('\n');
}

describe('recorded histories', function () {
  this.timeout(60_000);
  before(installQuietRuntime);

  it('replay with the workflows of today', async () => {
    const faults = await replay(await bundleOnce(), recorded);
    assert.equal(faults.size, recorded.length);
    for (const [name, fault] of faults) assert.equal(fault, undefined, `${name}: ${fault}`);
  });

  it('are there for every workflow and every story', () => {
    const types = new Set(recorded.map(({ history }) => typeOf(history)));
    assert.deepEqual(types, new Set(Object.keys(workflows)));
    for (const story of Object.keys({
      ...stories,
      ...repositoryStories,
      ...mergingStories,
      ...keepingStories,
      ...syncStories,
    }))
      assert.ok(
        recorded.some(({ name }) => name.startsWith(`${story}-`)),
        `no history of ${story}: node --import tsx scripts/record-histories.mjs ${story}`,
      );
  });

  it('hold no ticket and no place where they were recorded', () => {
    for (const { name, text } of recorded) {
      const said = payloadsIn(text);
      for (const [, ticket] of said.matchAll(/"ticket":(null|")/g))
        assert.equal(ticket, 'null', `${name} holds a ticket`);
      for (const [, identity] of text.matchAll(/"identity":"([^"]*)"/g))
        assert.equal(identity, 'worker', name);
      assert.ok(!/\d@|stackTrace|\/home\/|\/work\/|\bsecret|\bpassword/i.test(text + said), name);
    }
  });

  it('show a change that running workflows would not survive', async () => {
    const planted = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./planted-workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const rollouts = recorded.filter(({ history }) => typeOf(history) === 'runRollout');
    const others = recorded.filter(({ name }) => name.startsWith('request-'));
    const faults = await replay(planted, [...rollouts, ...others]);
    for (const { name } of rollouts)
      assert.match(String(faults.get(name)), /nondeterminism/i, name);
    for (const { name } of others) assert.equal(faults.get(name), undefined, name);
  });
});
