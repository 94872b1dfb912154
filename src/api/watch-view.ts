/** Answers with a view at once, or after it changed: a long poll that asks the worker only when history grew. */
import { createHash } from 'node:crypto';
import type { QueryDefinition } from '@temporalio/common';
import { canonicalJson } from '../domain/canonical-json.js';
import type { ApiDeps } from './deps.js';
import type { Answer } from './operation.js';
import { describeWorkflow, readView } from './temporal.js';

const lookEveryMs = 250;

interface Wait {
  readonly wait?: number | undefined;
  readonly since?: string | undefined;
}

/** `since` is the ETag of the view the caller has; without `wait` the answer is immediate. */
export async function watchView<View extends object>(
  deps: Pick<ApiDeps, 'client' | 'limits'>,
  workflowId: string,
  query: QueryDefinition<View, []>,
  { wait, since }: Wait,
  signal: AbortSignal,
): Promise<Answer> {
  const untilMs = Date.now() + (wait ?? 0);
  const known = since?.replace(/^(?:W\/)?"(.*)"$/, '$1');
  // Read before the view: an event in between then costs one more look and is never missed.
  let seen = known === undefined ? null : await positionOf(deps, workflowId);
  let view = await readView(deps, workflowId, query);
  while (versionOf(view) === known && Date.now() < untilMs && !signal.aborted) {
    await sleep(Math.min(lookEveryMs, untilMs - Date.now()), signal);
    const position = await positionOf(deps, workflowId);
    if (position === seen) continue;
    seen = position;
    view = await readView(deps, workflowId, query);
  }
  return { body: view, headers: { ETag: `"${versionOf(view)}"`, 'Cache-Control': 'no-store' } };
}

/** Run and length of its history: unchanged means that nothing happened. */
async function positionOf(
  deps: Pick<ApiDeps, 'client' | 'limits'>,
  workflowId: string,
): Promise<string> {
  const found = await describeWorkflow(deps, workflowId);
  return `${found?.runId}/${found?.historyLength}`;
}

/** Equal for equal views: the ETag without its quotes. */
function versionOf(view: object): string {
  return createHash('sha256').update(canonicalJson(view)).digest('hex').slice(0, 20);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    signal.addEventListener('abort', done, { once: true });
  });
}
