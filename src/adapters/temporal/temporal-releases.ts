/** Starts the releases that events of a repository trigger, each version once. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  TypedSearchAttributes,
} from '@temporalio/common';
import { beginMirror } from '../../domain/deployment-mirror/begin.js';
import { Failure } from '../../domain/failures.js';
import { isWithin, releaseWorkflowId, versionPattern } from '../../domain/names.js';
import type { PipelineSnapshot } from '../../domain/release/release.js';
import type { ReleaseInput, ReleaseMemo } from '../../domain/release/view.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { digestPattern } from '../../domain/rollout/revision.js';
import { taskQueues, workflowTypes } from '../../domain/wire-names.js';
import type { ReleaseDesk, TriggeredRelease } from '../../ports/release-desk.js';

const patienceMs = 8_000;

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

export interface ReleaseDeskOptions {
  readonly client: Client;
  /** @throws NotFound for a service that is not configured */
  readonly resolvePipeline: (service: string) => Promise<PipelineSnapshot>;
  /** `owner/name` of a service; null where it names none. */
  readonly repositoryOf: (service: string) => Promise<string | null>;
}

export function createReleaseDesk({
  client,
  resolvePipeline,
  repositoryOf,
}: ReleaseDeskOptions): ReleaseDesk {
  /** Shown in the repository that it was triggered from. */
  const mirror = async (input: ReleaseInput, runId: string): Promise<void> => {
    const repository = await repositoryOf(input.service);
    const begin = repository && beginMirror(input, { repository, runId, logUrl: null });
    if (!begin) return;
    try {
      await client.withDeadline(Date.now() + patienceMs, () =>
        client.workflow.start(workflowTypes.mirrorRelease, {
          workflowId: begin.workflowId,
          taskQueue: taskQueues.workflows,
          args: [begin.input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: begin.summary,
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw away(error);
    }
  };

  return {
    async startOnce(release) {
      requireForm(release);
      requireOwn(release, await repositoryOf(release.service));
      const pipeline = await resolvePipeline(release.service);
      requireStage(release, pipeline);
      const workflowId = releaseWorkflowId(release);
      const input = inputOf(release, pipeline);
      const { digest, requestedBy, reason } = release;
      try {
        const { firstExecutionRunId } = await client.withDeadline(Date.now() + patienceMs, () =>
          client.workflow.start(workflowTypes.release, {
            workflowId,
            taskQueue: taskQueues.workflows,
            args: [input],
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            memo: { ...({ digest, requestedBy, reason } satisfies ReleaseMemo) },
            typedSearchAttributes: attributesOf(input),
            staticSummary: `${input.service} ${input.version}`,
          }),
        );
        await mirror(input, firstExecutionRunId);
        return true;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw away(error);
      }
      const { memo, runId } = await client.workflow.getHandle(workflowId).describe();
      const known = (memo as Partial<ReleaseMemo> | undefined)?.digest;
      if (known === undefined || known === digest) {
        // An attempt before this one may have started it and no more.
        await mirror(input, runId);
        return false;
      }
      throw new Failure('DigestMismatch', `${workflowId} is another artifact`, {
        ...{ where: workflowId, seen: digest, limit: known },
        next: 'release the new artifact under a new version',
      });
    },
  };
}

function requireForm({ version, digest }: TriggeredRelease): void {
  if (!versionPattern.test(version) || version.length > 128) {
    throw new Failure('InvalidInput', 'what was triggered has no version', {
      ...{ where: 'version', seen: version.slice(0, 128) },
      limit: 'a semantic version such as 1.4.0',
    });
  }
  if (digestPattern.test(digest)) return;
  throw new Failure('InvalidInput', 'what was triggered has no digest', {
    ...{ where: 'digest', seen: digest.slice(0, 80) },
    limit: 'sha256: and 64 lower-case hex digits',
  });
}

/** Whoever may write in one repository must not release what another one holds. */
function requireOwn({ service, repository }: TriggeredRelease, owner: string | null): void {
  const asked = repositoryPath(repository);
  if (owner?.toLowerCase() === asked.toLowerCase()) return;
  throw new Failure('Forbidden', `service "${service}" is not released from ${asked}`, {
    where: `services.${service}.repository`,
    seen: owner ?? 'none',
    next: `write repository: ${asked} at the service in the server’s sluice.yaml`,
  });
}

function requireStage({ from }: TriggeredRelease, { environments, service }: PipelineSnapshot) {
  if (from === null || environments.some(({ environment }) => isWithin(environment, from))) return;
  throw new Failure('NotFound', `${service} does not go through "${from}"`, {
    ...{ where: 'from', seen: from },
    limit: environments.map(({ environment }) => environment).join(', '),
  });
}

function inputOf(release: TriggeredRelease, pipeline: PipelineSnapshot): ReleaseInput {
  const { service, version, digest, gitSha, from, requestedBy, reason } = release;
  return {
    service,
    version,
    digest,
    gitSha,
    pipeline,
    from,
    allowOlder: false,
    requestedBy,
    reason,
  };
}

function attributesOf(input: ReleaseInput): TypedSearchAttributes {
  const pairs: SearchAttributePair[] = [
    { key: keyword('Service'), value: input.service },
    { key: keyword('Version'), value: input.version },
    { key: keyword('RequestedBy'), value: input.requestedBy },
    { key: keyword('Phase'), value: 'Queued' },
  ];
  if (input.gitSha !== null) pairs.push({ key: keyword('GitSha'), value: input.gitSha });
  return new TypedSearchAttributes(pairs);
}

function away(cause: unknown): Failure {
  const next = 'see that the Temporal server runs: sluice up';
  return new Failure('Unavailable', 'Temporal does not answer', { next }, cause);
}
