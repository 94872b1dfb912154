/** Reads phases out of workflows' histories, where every change of the search attribute `Phase` stands. */
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { PhaseChange } from '../../domain/deployment-mirror/mirror.js';
import type { RolloutOrigin } from '../../domain/deployment-mirror/rollout.js';
import { Failure } from '../../domain/failures.js';
import { type Phase, phases } from '../../domain/phase.js';
import type { ReleaseView } from '../../domain/release/view.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import { queryNames, workflowTypes } from '../../domain/wire-names.js';
import type { PhaseLog } from '../../ports/phase-log.js';

const pageSize = 200;
/** The server holds a waiting question for 20 s. */
const answerMs = 30_000;

type History = Awaited<
  ReturnType<Client['workflow']['workflowService']['getWorkflowExecutionHistory']>
>;
type HistoryEvent = NonNullable<NonNullable<History['history']>['events']>[number];

export function createTemporalPhaseLog(client: Client): PhaseLog {
  const { workflow } = client;

  async function readView<T>(id: string, runId: string | null, query: string): Promise<T | null> {
    try {
      return await client.withDeadline(Date.now() + answerMs, () =>
        workflow.getHandle(id, runId ?? undefined).query<T>(query),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw failureOf(error, id);
    }
  }

  return {
    async readPhases({ workflowId, runId, afterEventId, forMs, signal }) {
      const untilMs = Date.now() + forMs;
      const changes: PhaseChange[] = [];
      let lastEventId = afterEventId;
      let isEnded = false;
      let token: Uint8Array | undefined;
      do {
        const asked = {
          namespace: workflow.options.namespace,
          execution: { workflowId, ...(runId !== null && { runId }) },
          waitNewEvent: forMs > 0,
          maximumPageSize: pageSize,
          ...(token !== undefined && { nextPageToken: token }),
        };
        const ask = () => workflow.workflowService.getWorkflowExecutionHistory(asked);
        const answer = await client
          .withDeadline(Date.now() + answerMs, () => client.withAbortSignal(signal, ask))
          .catch((error: unknown) => {
            throw failureOf(error, workflowId);
          });
        for (const event of answer.history?.events ?? []) {
          const eventId = Number(event.eventId);
          isEnded ||= hasEnded(event);
          if (eventId <= afterEventId) continue;
          lastEventId = Math.max(lastEventId, eventId);
          const change = changeIn(event, eventId);
          if (change !== null) changes.push(change);
        }
        token = answer.nextPageToken?.length ? answer.nextPageToken : undefined;
        // While it waits the server always has a next page; what is known by now is told at once.
        if (forMs > 0 && (changes.length > 0 || isEnded || Date.now() >= untilMs)) break;
      } while (token !== undefined);
      return { changes, lastEventId, isEnded };
    },

    readRelease: (id, runId) => readView<ReleaseView>(id, runId, queryNames.readRelease),
    readRollout: (id, runId) => readView<RolloutView>(id, runId, queryNames.readRollout),

    async readOrigin(rolloutId) {
      const asked = {
        namespace: workflow.options.namespace,
        execution: { workflowId: rolloutId },
        maximumPageSize: 1,
      };
      try {
        const { history } = await client.withDeadline(Date.now() + answerMs, () =>
          workflow.workflowService.getWorkflowExecutionHistory(asked),
        );
        return await originIn(client, history?.events?.[0]);
      } catch (error) {
        const failure = failureOf(error, rolloutId);
        if (failure.code === 'NotFound') return null;
        throw failure;
      }
    },

    async findRelease(gitSha) {
      if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(gitSha)) return null;
      const query = `WorkflowType = '${workflowTypes.release}' AND GitSha = '${gitSha}'`;
      try {
        for await (const { workflowId, runId } of workflow.list({ query, pageSize: 1 })) {
          return { releaseId: workflowId, runId };
        }
      } catch (error) {
        throw failureOf(error, gitSha);
      }
      return null;
    },
  };
}

function changeIn(event: HistoryEvent, eventId: number): PhaseChange | null {
  const fields =
    event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
  const phase = keyword(fields.Phase?.data);
  if (!isPhase(phase)) return null;
  const { seconds = 0, nanos = 0 } = event.eventTime ?? {};
  const atMs = Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1_000_000);
  return { eventId, atMs, phase, environment: keyword(fields.Environment?.data) };
}

async function originIn(
  client: Client,
  event: HistoryEvent | undefined,
): Promise<RolloutOrigin | null> {
  const begun = event?.workflowExecutionStartedEventAttributes;
  const payloads = begun?.input?.payloads;
  const runId = begun?.originalExecutionRunId;
  if (!runId || !payloads?.[0]?.data?.length) return null;
  const converter = client.options.loadedDataConverter;
  const input = await decodeFromPayloadsAtIndex<Omit<RolloutOrigin, 'runId'>>(
    converter,
    0,
    payloads,
  );
  const { requestId, releaseId, candidate } = input;
  return { runId, requestId, releaseId, candidate };
}

/** A removed attribute is written as null or as an empty list. */
function keyword(data: Uint8Array | null | undefined): string | null {
  if (!data?.length) return null;
  const value: unknown = [JSON.parse(Buffer.from(data).toString('utf8'))].flat()[0];
  return typeof value === 'string' ? value : null;
}

function isPhase(text: string | null): text is Phase {
  return phases.some((phase) => phase === text);
}

function hasEnded(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionCanceledEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes,
  );
}

const notFound = 5;

function failureOf(error: unknown, where: string): Failure {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof WorkflowNotFoundError || (isGrpcServiceError(at) && at.code === notFound)) {
      return new Failure('NotFound', `there is no ${where}`, { where }, error);
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('Unavailable', `Temporal did not answer: ${message}`, { where }, error);
}
