/** Replays histories with the workflows of this build, before it is deployed. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { Failure } from '../domain/failures.js';
import { type ReplayFault, type ReplayReport, replayFault } from '../domain/workers/replay.js';
import { createRolloutMetrics } from './rollout-metrics.js';

interface KeptHistory {
  readonly workflowId: string;
  /** As JSON files hold it, or as a client fetches it. */
  readonly history: unknown;
}

/** Newer ones come first: a change that breaks old ones breaks them too, or is of a version long gone. */
const mostOpen = 1_000;

/** What no version has answered for yet has no behaviour. */
const behaviour = 'TemporalWorkflowVersioningBehavior';
const goingAlong = `ExecutionStatus = 'Running' AND (${behaviour} IS NULL OR ${behaviour} != 'Pinned')`;

/** All files `*.json` of a folder, as `temporal workflow show --output json` writes them. @throws InvalidInput when there are none */
export async function* historiesIn(folder: string): AsyncGenerator<KeptHistory> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  if (names.length === 0) {
    throw new Failure('InvalidInput', 'there are no histories', {
      ...{
        where: folder,
        next: 'temporal workflow show -w <id> --output json > <folder>/<id>.json',
      },
    });
  }
  for (const name of names.sort()) {
    const history: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
    yield { workflowId: name, history };
  }
}

/** What an upgrade takes along: all that is open, but for what ends with the version that it began with. */
export async function* openHistories(client: Client): AsyncGenerator<KeptHistory> {
  let left = mostOpen;
  for await (const { workflowId, runId } of client.workflow.list({ query: goingAlong })) {
    if (left-- === 0) return;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    yield { workflowId, history };
  }
}

export async function replayHistories(
  workflowBundle: WorkflowBundle,
  dataConverter: DataConverter,
  histories: AsyncIterable<KeptHistory>,
): Promise<ReplayReport> {
  const faults: ReplayFault[] = [];
  let replayed = 0;
  const results = Worker.runReplayHistories(
    { workflowBundle, dataConverter, sinks: createRolloutMetrics().sinks },
    histories,
  );
  for await (const { workflowId, error } of results) {
    replayed++;
    if (error !== undefined) faults.push(replayFault(workflowId, error));
  }
  return { replayed, faults };
}
