/** Makes good what webhooks have not told: failed deliveries are asked for again, and what changed is told anew. */
import { heartbeat, log } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import { whyNotBegun } from '../../domain/repository/may-begin.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { RepositoryPolicyReading } from '../../domain/repository/policy-reading.js';
import type { Item, PullSummary } from '../../domain/repository/shapes.js';
import { matches } from '../../domain/trigger/match.js';
import type { Trigger } from '../../domain/trigger/schema.js';
import { describeEvent } from '../../domain/webhook/describe.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import { planRedelivery } from '../../domain/webhook/redeliver.js';
import { routesOf } from '../../domain/webhook/routes.js';
import {
  type KnownRefs,
  unheardIssue,
  unheardPull,
  unheardRefs,
} from '../../domain/webhook/unheard.js';
import { signalNames } from '../../domain/wire-names.js';
import { type ActivityPorts, codeHostOf, flowsOf } from '../ports.js';
import { recordAct } from '../record.js';

/** The host knows no older ones. */
const longestLogMs = 3 * 86_400_000;
/** What is kept of refs from one sweep to the next. */
const mostRefs = 2_000;

export interface Redelivery {
  readonly redelivered: number;
  readonly givenUp: readonly string[];
  /** Why there is no log to look into; null where there is. */
  readonly without: string | null;
}

export interface ItemSweep {
  /** Greatest time of change seen: the next sweep begins there. */
  readonly untilMs: number;
  readonly items: number;
  readonly told: number;
  readonly begun: number;
}

export function createSweepActivities(ports: ActivityPorts) {
  return {
    /** @param input.sinceMs null: all that the host still knows */
    async redeliverFailed(input: {
      readonly sinceMs: number | null;
      readonly subject: string;
    }): Promise<Redelivery> {
      const { deliveries } = codeHostOf(ports);
      const nowMs = ports.now();
      const sinceMs = Math.max(input.sinceMs ?? 0, nowMs - longestLogMs);
      try {
        const plan = planRedelivery(await deliveries.listDeliveries(sinceMs), nowMs);
        // What was asked for again is not in the next attempt's plan: it is written down first.
        if (plan.ids.length > 0) {
          const act = { subject: input.subject, reason: 'no attempt has arrived' };
          const data = { ids: plan.ids, before: 'failed', after: 'asked for again' };
          await recordAct(ports, act, 'webhooksRedelivered', data);
        }
        for (const id of plan.ids) {
          heartbeat(id);
          await deliveries.redeliver(id);
        }
        const { givenUp } = plan;
        return { redelivered: plan.ids.length, givenUp, without: null };
      } catch (error) {
        if (!(error instanceof Failure) || !['Forbidden', 'NotFound'].includes(error.code))
          throw error;
        return { redelivered: 0, givenUp: [], without: error.message };
      }
    },

    /** Tells of every issue and pull request that changed at `sinceMs` or later. */
    async tellChangedItems(input: {
      readonly repository: RepositoryKey;
      readonly sinceMs: number;
      /** What changed before has been told by the sweep before. */
      readonly toldBeforeMs: number;
      readonly delivery: string;
      readonly reading: RepositoryPolicyReading;
    }): Promise<ItemSweep> {
      const { repository, sinceMs, toldBeforeMs, delivery, reading } = input;
      const { items, pulls } = codeHostOf(ports);
      const sweep = { repository, delivery };
      let untilMs = sinceMs;
      const count = { items: 0, told: 0, begun: 0 };
      const open = new Map<number, PullSummary>();
      let isOpenKnown = false;
      const query = { state: 'all', updatedSinceMs: sinceMs, order: 'updatedAscending' } as const;
      for await (const item of items.listItems(repository, query)) {
        heartbeat(count);
        untilMs = Math.max(untilMs, item.updatedAtMs);
        if (item.updatedAtMs < toldBeforeMs) continue;
        if (item.isPull && !isOpenKnown) {
          for (const pull of await pulls.listPulls(repository, { state: 'open' })) {
            open.set(pull.number, pull);
          }
          isOpenKnown = true;
        }
        const event = await eventOf(ports, sweep, item, open);
        if (event === null) continue;
        const { told, begun } = await handOn(ports, event, reading);
        count.items += 1;
        count.told += told;
        count.begun += begun;
      }
      return { untilMs, ...count };
    },

    /** Refs that triggers look at, and those of them that came or moved since the last sweep. */
    async findNewRefs(input: {
      readonly repository: RepositoryKey;
      readonly known: KnownRefs;
      readonly triggers: readonly Trigger[];
      readonly defaultBranch: string;
      readonly delivery: string;
    }): Promise<{
      readonly refs: Readonly<Record<string, string>>;
      readonly events: readonly RepositoryEvent[];
    }> {
      const { repository, known, triggers, defaultBranch, delivery } = input;
      const { refs } = codeHostOf(ports);
      const isWatched = watchedBy(triggers, defaultBranch);
      const prefixes = [
        ...(triggers.some(({ on }) => on === 'tag') ? ['refs/tags/'] : []),
        ...(triggers.some(({ on }) => on === 'push') ? ['refs/heads/'] : []),
      ];
      const lists = await Promise.all(prefixes.map((each) => refs.listRefs(repository, each)));
      const found = Object.fromEntries(
        lists
          .flat()
          .filter(({ ref }) => isWatched(ref))
          .slice(-mostRefs)
          .map(({ ref, sha }) => [ref, sha]),
      );
      const sweep = { repository, delivery };
      const events = unheardRefs(sweep, known, found, ports.now(), defaultBranch);
      return { refs: found, events };
    },
  };
}

async function eventOf(
  ports: ActivityPorts,
  sweep: { readonly repository: RepositoryKey; readonly delivery: string },
  item: Item,
  open: ReadonlyMap<number, PullSummary>,
): Promise<RepositoryEvent | null> {
  if (!item.isPull) return unheardIssue(sweep, item);
  const known = open.get(item.number);
  const pull = known ?? (await codeHostOf(ports).pulls.readPull(sweep.repository, item.number));
  return pull === null ? null : unheardPull(sweep, pull);
}

async function handOn(
  ports: ActivityPorts,
  event: RepositoryEvent,
  reading: RepositoryPolicyReading,
): Promise<{ readonly told: number; readonly begun: number }> {
  const flows = flowsOf(ports);
  const count = { told: 0, begun: 0 };
  for (const { workflowId, automation, start } of routesOf(event)) {
    if (await flows.tell(workflowId, signalNames.repositoryEvent, event)) {
      count.told += 1;
    } else if (start !== null && whyNotBegun(automation, reading) === null) {
      const summary = `found by a sweep: ${describeEvent(event)}`;
      const repository = repositoryPath(event.repository);
      const begin = { ...start, summary, repository };
      await flows.tellOrBegin(workflowId, begin, signalNames.repositoryEvent, event);
      count.begun += 1;
    }
  }
  log.debug('told of a change', { event: describeEvent(event), ...count });
  return count;
}

function watchedBy(triggers: readonly Trigger[], defaultBranch: string) {
  return (ref: string): boolean =>
    triggers.some((trigger) => {
      if (trigger.on === 'tag') {
        return ref.startsWith('refs/tags/') && matches(trigger.tags, ref.slice(10));
      }
      const branches = trigger.on === 'push' ? (trigger.branches ?? defaultBranch) : null;
      return branches !== null && ref.startsWith('refs/heads/') && matches(branches, ref.slice(11));
    });
}
