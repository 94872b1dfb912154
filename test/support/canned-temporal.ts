/** A Temporal that knows of one running workflow, whose view is what is given, and of nothing to command. */
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { emptyPreview } from '../../src/domain/rollout/preview.js';

export function cannedTemporal(view: () => Promise<object> = async () => ({})): Client {
  const miss = async () => {
    throw new WorkflowNotFoundError('not found', 'x', '');
  };
  let historyLength = 0;
  const describe = async () => {
    historyLength += 1;
    return { runId: 'r', historyLength, status: { name: 'RUNNING' } };
  };
  return temporalWith({ query: view, describe, executeUpdate: miss });
}

/** A Temporal whose every workflow is this handle. */
export function temporalWith(handle: object): Client {
  return {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle: () => handle, execute: async () => emptyPreview },
    workflowService: { getSystemInfo: async () => ({}) },
    options: { namespace: 'default', loadedDataConverter: loadDataConverter() },
  } as unknown as Client;
}
