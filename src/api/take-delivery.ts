/** Makes a delivery durable: one workflow for each, by its GUID, so that a redelivery does nothing. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { Failure } from '../domain/failures.js';
import { repositoryPath, repositoryWorkflowId } from '../domain/repository/names.js';
import { describeEvent } from '../domain/webhook/describe.js';
import type { InstallationEvent, RepositoryEvent } from '../domain/webhook/event.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { RouteDeliveryInput } from '../workflows/repository/route-delivery-messages.js';
import { repositoryKey } from '../workflows/search-attributes.js';
import type { ApiDeps } from './deps.js';
import { failureOf } from './temporal.js';

/** An answer of Temporal that comes too late for the sender still makes the delivery durable. */
const giveUpMs = 5_000;

export type Taken = 'accepted' | 'duplicate';

/** @throws Unavailable when it is not known within `limits.deliveryMs` whether the delivery is kept */
export async function takeDelivery(
  deps: Pick<ApiDeps, 'client' | 'limits' | 'logger' | 'stopping'>,
  event: RepositoryEvent | InstallationEvent,
): Promise<Taken> {
  const events = event.kind === 'installation' ? perRepository(event) : [event];
  const taken = Promise.all(events.map((each) => begin(deps, each)));
  // Too late for the sender, who is asked to send it again by the next sweep: it will be a duplicate then.
  taken.catch((err: unknown) =>
    deps.logger.warn({ err, delivery: event.delivery }, 'delivery not kept'),
  );
  const all = await within(taken, deps.limits.deliveryMs, event.delivery);
  return all.includes('accepted') || all.length === 0 ? 'accepted' : 'duplicate';
}

async function begin(
  { client, stopping }: Pick<ApiDeps, 'client' | 'stopping'>,
  event: RepositoryEvent,
): Promise<Taken> {
  const workflowId = repositoryWorkflowId('delivery', event.repository, event.delivery);
  const repository = repositoryPath(event.repository);
  const input: RouteDeliveryInput = { event };
  try {
    const start = () =>
      client.workflow.start(workflowTypes.routeDelivery, {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: describeEvent(event).slice(0, 200),
        typedSearchAttributes: new TypedSearchAttributes([
          { key: repositoryKey, value: repository },
        ]),
      });
    // One of its own: each call listens to its signal for as long as it lasts.
    await client.withAbortSignal(AbortSignal.any([stopping]), () =>
      client.withDeadline(Date.now() + giveUpMs, start),
    );
    return 'accepted';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'duplicate';
    throw failureOf(error, workflowId);
  }
}

function perRepository(event: InstallationEvent): readonly RepositoryEvent[] {
  const { action, repositories, actor, atMs, delivery } = event;
  if (action === 'other') return [];
  const isOurs = action === 'added' || action === 'unsuspended';
  return repositories.map((repository) => ({
    ...({ kind: 'repository', repository, actor, atMs, delivery } as const),
    action: isOurs ? 'added' : 'removed',
    previous: null,
    defaultBranch: null,
  }));
}

async function within<T>(promise: Promise<T>, ms: number, where: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const next = 'nothing: what was not kept is asked for again by the next sweep';
    const details = { where, limit: `${ms} ms`, next, retryAfterMs: 30_000 };
    const failure = new Failure('Unavailable', 'Temporal answers too slowly', details);
    timer = setTimeout(() => reject(failure), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
