/** Somebody at a running engine: starts releases and rollouts, looks, waits until, commands, and hears refusals. */
import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defaultLimits } from '../../src/api/limits.js';
import { startRelease } from '../../src/api/start-release.js';
import type { Command, CommandReceipt } from '../../src/domain/command.js';
import {
  releaseWorkflowId,
  rolloutWorkflowId,
  type TargetKey,
  targetWorkflowId,
} from '../../src/domain/names.js';
import type { ReleaseInput, ReleaseView } from '../../src/domain/release/view.js';
import type { RolloutReceipt, RolloutRequest } from '../../src/domain/rollout/request.js';
import type { RolloutResult, RolloutView } from '../../src/domain/rollout/view.js';
import type { TargetView } from '../../src/domain/target/view.js';
import { queryNames, updateNames } from '../../src/domain/wire-names.js';
import { aRequest } from './builders.js';
import type { EngineUnderTest } from './engine-under-test.js';

export const by: Command = { actor: 'ann', reason: 'because' };

export interface ReleaseEnd {
  /** `promoted`, or the type of the workflow's failure. */
  readonly outcome: string;
  readonly reason: string;
  readonly environment: string | null;
}

export type Operator = ReturnType<typeof createOperator>;

const lookEveryMs = 20;

/** Looks until `ready`; the last look is in the error. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  ready: (seen: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const seen = await look().catch((error: Error) => error);
    if (!(seen instanceof Error) && ready(seen)) return seen;
    if (performance.now() > endsAt) {
      throw new Error(
        `never: ${what}; last: ${seen instanceof Error ? seen : JSON.stringify(seen)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** The message with which a command was refused. */
export async function refusal(refused: Promise<unknown>): Promise<string> {
  try {
    await refused;
  } catch (error) {
    let innermost = error as Error;
    while (innermost.cause instanceof Error) innermost = innermost.cause;
    return innermost.message;
  }
  return assert.fail('it was accepted');
}

let count = 0;

export function createOperator(engine: EngineUnderTest) {
  const { client, platform, ports } = engine;
  const handle = (id: string) => client.workflow.getHandle(id);
  const view = <T>(id: string, query: string): Promise<T> => handle(id).query(query);
  const releaseView = (id: string) => view<ReleaseView>(id, queryNames.readRelease);
  const rolloutView = (id: string) => view<RolloutView>(id, queryNames.readRollout);
  const targetView = (target: TargetKey) =>
    view<TargetView>(targetWorkflowId(target), queryNames.readTarget);
  const releaseIs = (id: string, ready: (seen: ReleaseView) => boolean) =>
    until(id, () => releaseView(id), ready);
  const rolloutIs = (id: string, ready: (seen: RolloutView) => boolean) =>
    until(id, () => rolloutView(id), ready);
  const tell = <T = CommandReceipt>(id: string, update: string, argument: object = by) =>
    handle(id).executeUpdate<T, [object]>(update, { args: [argument] });
  const ask = (target: TargetKey, request: RolloutRequest): Promise<RolloutReceipt> =>
    ports.orchestrator.requestRollout(target, 'local', request);
  /** The receipt comes before the rollout has begun. */
  const rolloutResult = async (id: string): Promise<RolloutResult> => {
    await rolloutIs(id, () => true);
    return handle(id).result();
  };
  const roll = async (target: TargetKey, request: RolloutRequest) =>
    rolloutResult((await ask(target, request)).rolloutId);
  const installed = async (target: TargetKey, version = '1.0.0') => {
    const result = await roll(target, aRequest(version));
    assert.equal(result.outcome, 'promoted', result.reason);
    await until(
      'the target knows',
      () => targetView(target),
      (seen) => seen.current === null,
    );
  };

  return {
    ...{ handle, releaseView, rolloutView, targetView, releaseIs, rolloutIs },
    ...{ tell, ask, rolloutResult, roll, installed },
    freshService: () => `svc-${++count}`,
    targetIs: (target: TargetKey, ready: (seen: TargetView) => boolean) =>
      until(targetWorkflowId(target), () => targetView(target), ready),
    splitOf: async (target: TargetKey) => (await platform.router.readSplit(target)).split,
    /** Installs a version in several environments of a service at once. */
    installedIn: (service: string, environments: readonly string[], version = '1.0.0') =>
      Promise.all(environments.map((environment) => installed({ service, environment }, version))),
    /** As the API does it. Returns the release's id. */
    async release(input: ReleaseInput): Promise<string> {
      await startRelease({ client, limits: defaultLimits }, input);
      return releaseWorkflowId(input);
    },
    async releaseEnd(id: string): Promise<ReleaseEnd> {
      try {
        const { outcome } = (await handle(id).result()) as { outcome: string };
        return { outcome, reason: '', environment: null };
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error;
        const { cause } = error;
        if (!(cause instanceof ApplicationFailure)) throw cause ?? error;
        const [{ environment }] = cause.details as [{ environment: string }];
        return { outcome: cause.type ?? 'untyped', reason: cause.message, environment };
      }
    },
    ticket: (releaseId: string, environment: string, actor: string, validForMs = 60_000) =>
      ports.tickets.issue({ releaseId, environment, actor, expiresAtMs: Date.now() + validForMs }),
    /** With a ticket of the API unless another is given. */
    approve(id: string, environment: string, actor: string, ticket?: string | null) {
      const given = ticket === undefined ? this.ticket(id, environment, actor) : ticket;
      return tell(id, updateNames.approve, { environment, actor, reason: 'tested', ticket: given });
    },
    /** Waits for a rollout of the target and for its weight. */
    async rolling(target: TargetKey, n: number, weight: number): Promise<string> {
      const id = rolloutWorkflowId({ target, n });
      await rolloutIs(id, (seen) => seen.weight === weight);
      await until(
        id,
        () => platform.router.readSplit(target),
        (r) => r.split.weight === weight,
      );
      return id;
    },
    /** What lists and the head of a workflow's page show. */
    async described(id: string) {
      const { typedSearchAttributes, staticDetails, staticSummary } = await handle(id)
        .describe()
        .then(async (description) => ({
          typedSearchAttributes: description.typedSearchAttributes,
          staticSummary: await description.staticSummary(),
          staticDetails: await description.staticDetails(),
        }));
      const attributes: Record<string, unknown> = {};
      for (const { key, value } of typedSearchAttributes.getAll()) {
        // The server's own.
        if (key.name !== 'BuildIds') attributes[key.name] = value;
      }
      return { attributes, staticSummary, staticDetails };
    },
    metadata: (id: string) => view<WorkflowMetadata>(id, '__temporal_workflow_metadata'),
  };
}

/** What the Temporal UI asks of a workflow to draw its page. */
export interface WorkflowMetadata {
  readonly currentDetails: string;
  readonly definition: {
    readonly updateDefinitions: readonly { readonly name: string; readonly description: string }[];
  };
}
