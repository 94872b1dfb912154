/** A worker dies, others ask its workflows, something happens: the clock of a workflow stays that of its own tasks. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import { until } from '../support/operator.js';
import {
  type Noted,
  notedQuery,
  tellSignal,
  type waitForWord,
} from '../support/waiting-workflow.js';

type Waiting = WorkflowHandle<typeof waitForWord>;

const taskQueue = 'waiting';
const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe('what happens to a workflow while it changes its worker', function () {
  this.timeout(120_000);
  let environment: TestWorkflowEnvironment;
  let folder: string;
  let bundle: string;
  const workers: ChildProcess[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-early-'));
    bundle = join(folder, 'workflows.js');
    const { code } = await bundleWorkflowCode({
      workflowsPath: fileOf('../support/waiting-workflow.ts'),
      workflowInterceptorModules: [fileOf('../../src/workflows/early-events-interceptor.ts')],
      logger: new DefaultLogger('ERROR'),
    });
    await writeFile(bundle, code);
    environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: findTemporalCli(process.env) },
        log: { format: 'json', level: 'error' },
      },
    });
  });
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await environment?.teardown();
    await rm(folder, { recursive: true, force: true });
  });

  async function startWorker(): Promise<ChildProcess> {
    const args = ['--import', 'tsx', fileOf('../support/waiting-worker.ts')];
    const worker = spawn(process.execPath, [...args, environment.address, taskQueue, bundle], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    workers.push(worker);
    await once(worker.stdout as NodeJS.ReadableStream, 'data');
    return worker;
  }

  const notedBy = (handle: Waiting) =>
    environment.client.withDeadline(Date.now() + 8_000, () => handle.query(notedQuery));

  const untilNoted = (handle: Waiting, count: number) =>
    until(
      `${handle.workflowId} was told ${count} times`,
      () => notedBy(handle),
      (noted) => noted.length >= count,
      40_000,
    );

  /** Asked as streams ask it, and told something in between. @returns what the queries were refused with */
  async function askAround(handle: Waiting): Promise<readonly string[]> {
    const refusals: string[] = [];
    const asking = Array.from({ length: 20 }, async (_, n) => {
      await sleep(50 * n);
      await notedBy(handle).catch((error: Error) => {
        refusals.push(String((error.cause as { details?: string })?.details ?? error.message));
      });
    });
    await sleep(500);
    await handle.signal(tellSignal);
    await Promise.all(asking);
    return refusals;
  }

  /** @returns those that the clock of their own task does not bear out */
  async function misdated(handle: Waiting): Promise<readonly Noted[]> {
    const { events } = await handle.fetchHistory();
    return (await handle.result()).filter(({ atMs, historyLength }) => {
      const event = events?.[historyLength - 1];
      if (!event?.workflowTaskStartedEventAttributes) return true;
      const { seconds, nanos } = event.eventTime ?? {};
      return Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1e6) !== atMs;
    });
  }

  it('comes to it with the time of its own task, and what a query brings before is refused', async () => {
    const first = await startWorker();
    const handles = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        environment.client.workflow.start<typeof waitForWord>('waitForWord', {
          ...{ taskQueue, workflowId: `waiting-${n}`, args: [] },
        }),
      ),
    );
    await Promise.all(handles.map((handle) => handle.signal(tellSignal)));
    await Promise.all(handles.map((handle) => untilNoted(handle, 1)));
    await startWorker();
    first.kill('SIGKILL');
    const refused = (await Promise.all(handles.map(askAround))).filter((refusals) =>
      refusals.some((refusal) => refusal.includes('a query brought events')),
    );
    console.log(`      ${refused.length} of ${handles.length} were brought events by a query`);
    await Promise.all(handles.map((handle) => untilNoted(handle, 2)));
    await Promise.all(handles.map((handle) => handle.signal(tellSignal)));
    const wrong = (await Promise.all(handles.map(misdated))).flat();
    assert.deepEqual(wrong, []);
    assert.ok(refused.length > 0, 'the case did not arise');
  });
});
