/** Closes a stale issue or pull request after reading everything anew, and deletes its branch where that is wanted. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import { hasMarker } from '../../domain/repository/marker.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../domain/repository/names.js';
import { decideStaleItem, type StaleDecision } from '../../domain/stale-item/decide.js';
import type { ItemFacts } from '../../domain/stale-item/facts.js';
import type { StaleItemPolicy } from '../../domain/stale-item/policy.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { readStaleFacts } from './stale-item-reading.js';

export interface CloseItem {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly policy: StaleItemPolicy;
  readonly nowMs: number;
  /** A person wants it now, whatever is due. */
  readonly forced: { readonly actor: string; readonly reason: string } | null;
  readonly dryRun: boolean;
}

export type CloseAnswer =
  | { readonly kind: 'closed'; readonly reason: string; readonly branch: string | null }
  /** Closed already, and not by us. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'gone' }
  /** Not to be closed now, for this reason. */
  | { readonly kind: 'not'; readonly decision: StaleDecision };

export function createStaleClose(ports: ActivityPorts) {
  return {
    async closeStaleItem(input: CloseItem): Promise<CloseAnswer> {
      const { repository, number, policy, nowMs, forced, dryRun } = input;
      const host = codeHostOf(ports);
      const { facts } = await readStaleFacts(host, repository, number, policy);
      if (facts === null) return { kind: 'gone' };
      const firstAtMs = activityInfo().scheduledTimestampMs;
      const isRetry = activityInfo().attempt > 1;
      const marker = markerOf(facts, nowMs);
      if (facts.state === 'closed') {
        // The answer to our own lost attempt; what comes after closing is done now.
        if (!isRetry || !(await isClosedByUs(host, input, marker))) return { kind: 'ended' };
      } else if (forced === null) {
        const decision = decideStaleItem(facts, policy, nowMs);
        if (decision.kind !== 'close') return { kind: 'not', decision };
      }
      const reason = forced?.reason ?? `no activity since it was marked as ${policy.label}`;
      if (dryRun) return { kind: 'closed', reason, branch: null };
      if (facts.state === 'open') {
        await close(host, input, {
          marker,
          labels: facts.labels,
          sinceMs: isRetry ? firstAtMs : null,
        });
      }
      const branch = policy.deleteBranch ? await deleteBranch(host, repository, number) : null;
      await recordAct(
        ports,
        { subject: repositoryWorkflowId('item', repository, number), reason },
        'itemClosed',
        {
          actor: forced?.actor ?? 'sluice',
          cause: reason,
          before: { state: 'open', labels: facts.labels },
          after: { state: 'closed', closeReason: policy.closeReason, branch },
        },
      );
      return { kind: 'closed', reason, branch };
    },
  };
}

/** One for each mark, so that an item that is closed again another year gets a comment again. */
function markerOf({ number, history }: ItemFacts, nowMs: number): string {
  return `stale-item/${number}/close-${history?.mark?.atMs ?? nowMs}`;
}

async function close(
  { items }: CodeHost,
  { repository, number, policy }: CloseItem,
  at: {
    readonly marker: string;
    readonly labels: readonly string[];
    readonly sinceMs: number | null;
  },
): Promise<void> {
  const { marker, labels: known, sinceMs: retriedSinceMs } = at;
  const { closeMessage, closeLabel, closeReason } = policy;
  if (closeMessage !== null) {
    await items.createComment(repository, number, closeMessage, { marker, retriedSinceMs });
  }
  if (closeLabel !== null) {
    await items.changeLabels(repository, number, { add: [closeLabel], remove: [], known });
  }
  await items.editItem(repository, number, {
    state: 'closed',
    ...(closeReason === null ? {} : { stateReason: closeReason }),
  });
}

async function isClosedByUs(
  host: CodeHost,
  { repository, number, policy }: CloseItem,
  marker: string,
): Promise<boolean> {
  if (policy.closeMessage !== null) {
    const comments = await host.items.listComments(repository, number);
    return comments.some(({ body }) => hasMarker(body, marker));
  }
  const [events, own] = await Promise.all([
    host.items.listEvents(repository, number),
    host.ownLogin(),
  ]);
  const last = events.filter(({ kind }) => kind === 'closed').at(-1);
  return last?.actor?.login === own;
}

/**
 * Only a branch of this very repository, unprotected, that no open pull request needs, and only where it still is as
 * the pull request knew it. The host keeps its commits as `refs/pull/<n>/head`.
 * @returns what became of it
 */
async function deleteBranch(
  host: CodeHost,
  repository: RepositoryKey,
  number: number,
): Promise<string> {
  const pull = await host.pulls.readPull(repository, number);
  const head = pull?.head;
  // A fork that is gone may have had a branch of the same name as one of ours.
  if (head === undefined || head.repository === null) return 'kept: its repository is not known';
  const path = repositoryPath(head.repository).toLowerCase();
  if (path !== repositoryPath(repository).toLowerCase()) return `kept: it belongs to ${path}`;
  const [{ defaultBranch }, branch] = await Promise.all([
    host.refs.readRepository(repository),
    host.refs.readBranch(repository, head.ref),
  ]);
  if (branch === null) return 'gone already';
  if (head.ref === defaultBranch) return 'kept: it is the default branch';
  if (branch.isProtected) return 'kept: it is protected';
  const others = branch.openPulls.filter((other) => other !== number);
  if (others.length > 0) return `kept: #${others.join(', #')} need it`;
  try {
    const ref = `refs/heads/${head.ref}`;
    await host.refs.updateRefs(repository, [{ ref, before: head.sha, after: null, force: true }]);
    return `deleted ${head.ref} at ${head.sha}; refs/pull/${number}/head keeps it`;
  } catch (error) {
    const kept = error instanceof Failure && ['Conflict', 'PolicyDenied'].includes(error.code);
    if (kept) return `kept: ${(error as Failure).message}`;
    throw error;
  }
}
