/** Reads, writes and restores the protection of branches, and reports where it is not as written. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import { driftIssue, driftLabel, driftMarker } from '../../domain/protection/drift.js';
import { type BranchPlan, isSameProtection } from '../../domain/protection/plan.js';
import type { BranchProtection } from '../../domain/protection/schema.js';
import { hasMarker, withMarker } from '../../domain/repository/marker.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { ItemQuery, Items } from '../../ports/code-host/items.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { eventOf, recordAct } from '../record.js';
import { creationOf } from './creation.js';

interface ProtectionCall {
  readonly repository: RepositoryKey;
  /** Workflow id: its events in the ledger are the backups. */
  readonly subject: string;
  /** Who asked for it; `sluice` where it was enforced. */
  readonly actor: string;
  readonly reason: string;
}

export interface ProtectionWritten {
  readonly changed: boolean;
  /** Id of the ledger's event that holds what was there before; null when nothing was changed. */
  readonly backup: string | null;
}

const backupKind = 'protectionBackedUp';
const readBackups = 5_000;
/** Clocks of the host and of Temporal may differ by this much. */
const skewMs = 5 * 60_000;

export function createProtectionActivities(ports: ActivityPorts) {
  /** Backup first: what cannot be written down is not changed. */
  const replace = async (
    call: ProtectionCall,
    branch: string,
    to: BranchProtection | null,
  ): Promise<ProtectionWritten> => {
    const { protection } = codeHostOf(ports);
    const before = await protection.readProtection(call.repository, branch);
    const note = (was: unknown) =>
      recordAct(ports, call, 'protectionWritten', {
        ...{ branch, before: was, after: to },
        ...{ cause: call.reason, by: call.actor },
      });
    const backup = eventOf(ports, call, backupKind, { branch, before, by: call.actor });
    // An attempt before this one may have written, and its backup is in the ledger under this very id.
    if (isSameProtection(before, to)) {
      const kept =
        activityInfo().attempt > 1 ? await findBackup(ports, call, branch, backup.id) : null;
      if (kept !== null) await note(kept.data.before);
      return { changed: kept !== null, backup: kept?.id ?? null };
    }
    await ports.ledger.append([backup]);
    await protection.writeProtection(call.repository, branch, to);
    await note(before);
    return { changed: true, backup: backup.id };
  };

  return {
    /** Of every branch that is named. */
    async readProtections(input: {
      readonly repository: RepositoryKey;
      readonly branches: readonly string[];
    }): Promise<Readonly<Record<string, BranchProtection | null>>> {
      const { protection } = codeHostOf(ports);
      const entries: [string, BranchProtection | null][] = [];
      for (const branch of input.branches) {
        entries.push([branch, await protection.readProtection(input.repository, branch)]);
      }
      return Object.fromEntries(entries);
    },

    async applyProtection(
      input: ProtectionCall & { readonly branch: string; readonly wanted: BranchProtection },
    ): Promise<ProtectionWritten> {
      return replace(input, input.branch, input.wanted);
    },

    /** What a backup holds, or the newest of the branch. What is replaced by it is backed up in its turn. */
    async restoreProtection(
      input: ProtectionCall & { readonly branch: string; readonly backup: string | null },
    ): Promise<ProtectionWritten & { readonly from: string }> {
      // An attempt before this one has left a backup of what it replaced: that is not the one that was meant.
      const own = eventOf(ports, input, backupKind, {}).id;
      const found = await findBackup(ports, input, input.branch, input.backup, own);
      if (found === null) {
        throw new Failure('NotFound', `there is no backup of the protection of ${input.branch}`, {
          where: input.subject,
          seen: input.backup ?? 'none',
          next: 'sluice protection plan shows the backups there are',
        });
      }
      const before = found.data.before as BranchProtection | null;
      return { ...(await replace(input, input.branch, before)), from: found.id };
    },

    /** Keeps one issue that shows the drift: made, edited in place, opened again, closed when there is none. */
    async reportDrift(
      input: ProtectionCall & { readonly reported: readonly BranchPlan[] },
    ): Promise<{ readonly issue: number | null }> {
      const { repository, reported } = input;
      const { items } = codeHostOf(ports);
      const isRepeated = activityInfo().attempt > 1;
      let known = await findReport(items, repository, 'open');
      if (reported.length === 0) {
        if (known !== null) {
          await items.editItem(repository, known.number, {
            state: 'closed',
            stateReason: 'completed',
          });
        } else if (isRepeated) {
          // An attempt before this one may have closed it, and not have said so.
          const sinceMs = activityInfo().scheduledTimestampMs - skewMs;
          known = await findReport(items, repository, 'closed', sinceMs);
        }
        if (known === null) return { issue: null };
        await recordAct(ports, input, 'driftReportClosed', {
          ...{ issue: known.number, cause: input.reason },
          ...{ before: { state: 'open' }, after: { state: 'closed' } },
        });
        return { issue: null };
      }
      const { title, body } = driftIssue(reported);
      if (known !== null) {
        const marked = withMarker(body, driftMarker);
        const isSame = known.body === marked && known.title === title;
        if (isSame && !isRepeated) return { issue: known.number };
        if (!isSame) await items.editItem(repository, known.number, { title, body: marked });
        await recordAct(ports, input, 'driftReportEdited', {
          ...{ issue: known.number, cause: input.reason },
          ...{ before: { title: known.title }, after: { title } },
        });
        return { issue: known.number };
      }
      await items.ensureLabel(repository, driftLabel);
      const issue = { title, body, labels: [driftLabel.name], assignees: [] };
      const { number } = await items.createIssue(repository, issue, creationOf(driftMarker));
      await recordAct(ports, input, 'driftReported', {
        ...{ issue: number, cause: input.reason },
        ...{ before: null, after: { issue: number, title } },
      });
      return { issue: number };
    },
  };
}

async function findBackup(
  { ledger }: ActivityPorts,
  { subject }: ProtectionCall,
  branch: string,
  id: string | null,
  except: string | null = null,
): Promise<LedgerEvent | null> {
  const events = await ledger.read({ subject, limit: readBackups });
  return (
    events.findLast(
      (event) =>
        event.kind === backupKind &&
        event.data.branch === branch &&
        (id === null ? event.id !== except : event.id === id),
    ) ?? null
  );
}

/** By its label, which makes it one short list; the marker says that it is ours. */
async function findReport(
  items: Items,
  repository: RepositoryKey,
  state: 'open' | 'closed',
  updatedSinceMs: number | null = null,
) {
  const labels = [driftLabel.name];
  const query: ItemQuery = { state, labels, order: 'createdAscending' };
  const since = updatedSinceMs === null ? query : { ...query, updatedSinceMs };
  for await (const item of items.listItems(repository, since)) {
    if (!item.isPull && hasMarker(item.body, driftMarker)) return item;
  }
  return null;
}
