/** What is read and written about stale issues and pull requests, each act safe to be repeated after a crash. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { factsOf, includesName } from '../../domain/stale-item/facts.js';
import {
  createStaleWalk,
  listingOrder,
  type StaleListing,
} from '../../domain/stale-item/listing.js';
import {
  policyOf,
  type StaleItemPolicies,
  type StaleItemPolicy,
} from '../../domain/stale-item/policy.js';
import { hasMarker } from '../../domain/repository/marker.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../domain/repository/names.js';
import { codeHostOf, type ActivityPorts } from '../ports.js';
import { recordAct } from '../record.js';
import { createStaleClose } from './stale-item-close.js';
import { readStaleFacts, type StaleItemReading, withHistory } from './stale-item-reading.js';

interface OneItem {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly policy: StaleItemPolicy;
}

export interface MarkedRow {
  readonly number: number;
  readonly isPull: boolean;
  readonly updatedAtMs: number;
}

export interface MarkItem extends OneItem {
  readonly dueAtMs: number;
  /** The lease: it is left alone when it has changed since. */
  readonly updatedAtMs: number;
  readonly reason: string;
  readonly dryRun: boolean;
}

export type MarkAnswer =
  | { readonly kind: 'marked'; readonly atMs: number }
  /** An earlier attempt had begun it; what happened meanwhile is to be looked at. */
  | { readonly kind: 'completed'; readonly atMs: number }
  /** It changed, was closed or is gone. */
  | { readonly kind: 'moved' };

export interface UnmarkItem extends OneItem {
  readonly reason: string;
  /** A person's, or what happened. */
  readonly actor: string;
  readonly dryRun: boolean;
}

/** Rows of one page and more: the host's pages of 100 come one after the other. */
const beatEvery = 50;

export function createStaleItemActivities(ports: ActivityPorts) {
  return {
    ...createStaleClose(ports),

    /** Oldest first, and no further than the first that is too young; and under which login we write. */
    async listStaleItems(input: {
      readonly repository: RepositoryKey;
      readonly policies: StaleItemPolicies;
      readonly nowMs: number;
      readonly limit: number;
    }): Promise<StaleListing & { readonly ownLogin: string }> {
      const { repository, policies, nowMs, limit } = input;
      const host = codeHostOf(ports);
      const ownLogin = await host.ownLogin();
      const walk = createStaleWalk(policies, nowMs, limit);
      if (!walk.isWorthwhile) return { ...walk.end(), ownLogin };
      let seen = 0;
      for await (const item of host.items.listItems(repository, {
        state: 'open',
        order: listingOrder(policies),
      })) {
        if (seen++ % beatEvery === 0) heartbeat();
        const policy = policyOf(policies, item.isPull);
        // One that people had unmarked counts its age from then, which no list tells.
        const facts =
          policy.ignoreUpdates && !walk.isYoung(item)
            ? await withHistory(host, repository, item, policy)
            : factsOf(item);
        if (!walk.take(facts)) break;
      }
      return { ...walk.end(), ownLogin };
    },

    /** Those that carry the mark, whoever put it on; oldest change first. */
    async listMarkedItems(input: {
      readonly repository: RepositoryKey;
      readonly policies: StaleItemPolicies;
    }): Promise<readonly MarkedRow[]> {
      const { repository, policies } = input;
      const { items } = codeHostOf(ports);
      const labels = new Set([policies.issues.label, policies.pulls.label]);
      const rows: MarkedRow[] = [];
      for (const label of labels) {
        for await (const item of items.listItems(repository, {
          state: 'open',
          labels: [label],
          order: 'updatedAscending',
        })) {
          if (rows.length % beatEvery === 0) heartbeat();
          if (!includesName([label], policyOf(policies, item.isPull).label)) continue;
          const { number, isPull, updatedAtMs } = item;
          rows.push({ number, isPull, updatedAtMs });
        }
      }
      return rows;
    },

    async readStaleItem({ repository, number, policy }: OneItem): Promise<StaleItemReading> {
      return readStaleFacts(codeHostOf(ports), repository, number, policy);
    },

    /** So that it has a colour and a meaning; GitHub would make one up. */
    async ensureStaleLabels(input: {
      readonly repository: RepositoryKey;
      readonly labels: readonly string[];
    }): Promise<void> {
      const { items } = codeHostOf(ports);
      const { repository, labels } = input;
      const made: string[] = [];
      for (const name of labels) {
        const description = 'Without activity for long; see the comment';
        const label = { name, color: 'cfd3d7', description };
        if (await items.ensureLabel(repository, label)) made.push(name);
      }
      if (made.length === 0 && activityInfo().attempt === 1) return;
      const subject = activityInfo().workflowExecution?.workflowId ?? repositoryPath(repository);
      const reason = 'stale items are marked with it';
      await recordAct(ports, { subject, reason }, 'labelsMade', {
        ...{ repository: repositoryPath(repository), cause: reason },
        ...{ before: null, after: { labels }, made },
      });
    },

    /** Comment first: the label is the mark, and whoever sees it finds the reason there. */
    async markStaleItem(input: MarkItem): Promise<MarkAnswer> {
      const { repository, number, policy, dueAtMs, updatedAtMs } = input;
      const { items } = codeHostOf(ports);
      const isRetry = activityInfo().attempt > 1;
      const marker = `stale-item/${number}/mark-${dueAtMs}`;
      const item = await items.readItem(repository, number);
      if (item === null || item.state === 'closed') return { kind: 'moved' };
      let isBegun = false;
      if (item.updatedAtMs !== updatedAtMs) {
        if (!isRetry) return { kind: 'moved' };
        // Either our own lost attempt changed it, or a person.
        const comments = await items.listComments(repository, number, updatedAtMs);
        const isSaid = comments.some(({ body }) => hasMarker(body, marker));
        if (!isSaid && !includesName(item.labels, policy.label)) return { kind: 'moved' };
        isBegun = true;
      }
      if (input.dryRun) return { kind: 'marked', atMs: ports.now() };
      const said =
        policy.message === null
          ? null
          : await items.createComment(repository, number, policy.message, {
              marker,
              retriedSinceMs: isRetry ? updatedAtMs : null,
            });
      const change = { add: [policy.label], remove: presentOf(item.labels, policy) };
      await items.changeLabels(repository, number, { ...change, known: item.labels });
      await record(input, 'itemMarked', input.reason, {
        before: { labels: item.labels, updatedAtMs },
        after: { label: policy.label, comment: said?.id ?? null, ...change },
      });
      return { kind: isBegun ? 'completed' : 'marked', atMs: said?.createdAtMs ?? ports.now() };
    },

    async unmarkStaleItem(input: UnmarkItem): Promise<void> {
      const { repository, number, policy } = input;
      if (input.dryRun) return;
      const { removeWhenUnmarked, addWhenUnmarked } = policy.relabel;
      const change = { add: addWhenUnmarked, remove: [policy.label, ...removeWhenUnmarked] };
      await codeHostOf(ports).items.changeLabels(repository, number, change);
      await record(input, 'itemUnmarked', input.reason, {
        actor: input.actor,
        before: { label: policy.label },
        after: change,
      });
    },
  };

  async function record(
    { repository, number }: OneItem,
    kind: string,
    reason: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const subject = repositoryWorkflowId('item', repository, number);
    await recordAct(ports, { subject, reason }, kind, { cause: reason, ...data });
  }
}

/** Only what is there is taken away: each costs a call. */
function presentOf(labels: readonly string[], { relabel }: StaleItemPolicy): string[] {
  return relabel.removeWhenMarked.filter((label) => includesName(labels, label));
}
