/** The rules for one issue or one pull request, worked out from what is written: plain data that travels to workflows. */
import { formatDuration } from '../time.js';
import type { StaleItemsSettings } from './schema.js';

export interface StaleItemPolicy {
  readonly isPull: boolean;
  /** Null: never marked. */
  readonly afterMs: number | null;
  /** From the mark, or from activity after it; null: never closed. */
  readonly closeAfterMs: number | null;
  readonly label: string;
  readonly closeLabel: string | null;
  /** Markdown; null: nothing is said. */
  readonly message: string | null;
  readonly closeMessage: string | null;
  readonly removeWhenUpdated: boolean;
  readonly ignoreUpdates: boolean;
  readonly exempt: {
    readonly labels: readonly string[];
    readonly milestones: readonly string[] | 'all';
    readonly assignees: readonly string[] | 'all';
    readonly drafts: boolean;
  };
  readonly only: {
    readonly labels: readonly string[];
    readonly anyLabels: readonly string[];
    readonly types: readonly string[];
    readonly assigned: boolean;
  };
  readonly relabel: {
    readonly removeWhenMarked: readonly string[];
    readonly removeWhenUnmarked: readonly string[];
    readonly addWhenUnmarked: readonly string[];
  };
  /** Null for pull requests. */
  readonly closeReason: 'not_planned' | 'completed' | null;
  /** Epoch milliseconds; null: all. */
  readonly startAtMs: number | null;
  readonly deleteBranch: boolean;
}

/** Both, and what they share. */
export interface StaleItemPolicies {
  readonly issues: StaleItemPolicy;
  readonly pulls: StaleItemPolicy;
  readonly writesPerHour: number;
}

export function staleItemPolicies(settings: StaleItemsSettings): StaleItemPolicies {
  return {
    issues: policyFor(settings, false),
    pulls: policyFor(settings, true),
    writesPerHour: settings.writesPerHour,
  };
}

export function policyOf(policies: StaleItemPolicies, isPull: boolean): StaleItemPolicy {
  return isPull ? policies.pulls : policies.issues;
}

function policyFor(settings: StaleItemsSettings, isPull: boolean): StaleItemPolicy {
  const own = isPull ? settings.pulls : settings.issues;
  // What is not written for one kind is as written for both; null is a word of its own.
  const after = own.after === undefined ? settings.after : own.after;
  const closeAfter = own.closeAfter === undefined ? settings.closeAfter : own.closeAfter;
  const message = own.message === undefined ? settings.message : own.message;
  const closeMessage = own.closeMessage === undefined ? settings.closeMessage : own.closeMessage;
  const label = own.label ?? settings.label;
  const removeWhenUpdated = own.removeWhenUpdated ?? settings.removeWhenUpdated;
  const times = { after, closeAfter, label, isPull, removeWhenUpdated };
  return {
    isPull,
    afterMs: after,
    closeAfterMs: closeAfter,
    label,
    closeLabel: own.closeLabel === undefined ? settings.closeLabel : own.closeLabel,
    message: message === undefined ? usualMessage(times) : message,
    closeMessage: closeMessage === undefined ? usualCloseMessage(times) : closeMessage,
    removeWhenUpdated,
    ignoreUpdates: own.ignoreUpdates ?? settings.ignoreUpdates,
    exempt: own.exempt ?? settings.exempt,
    only: own.only ?? settings.only,
    relabel: own.relabel ?? settings.relabel,
    closeReason: isPull ? null : settings.closeReason,
    startAtMs: settings.startDate ?? null,
    deleteBranch: isPull && settings.deleteBranch,
  };
}

interface Times {
  readonly after: number | null;
  readonly closeAfter: number | null;
  readonly label: string;
  readonly isPull: boolean;
  readonly removeWhenUpdated: boolean;
}

function usualMessage(times: Times): string {
  const { after, closeAfter, label, isPull, removeWhenUpdated } = times;
  const what = isPull ? 'pull request' : 'issue';
  const quiet = after === null ? 'a while' : inWords(after);
  const end = closeAfter === null ? '' : ` It will be closed in ${inWords(closeAfter)}.`;
  const push = isPull ? ', a review or a push' : '';
  const then = removeWhenUpdated ? 'takes the mark away' : 'puts that off';
  return `This ${what} has seen no activity for ${quiet}, so it is marked as \`${label}\`.${end}\n\nDoes it still matter? A comment${push} ${then}.`;
}

function usualCloseMessage({ closeAfter, label, isPull }: Times): string {
  const since = closeAfter === null ? '' : ` for ${inWords(closeAfter)}`;
  const what = isPull ? 'pull request' : 'issue';
  return `Closed: nobody has said anything${since} since this ${what} was marked as \`${label}\`. If it still matters, reopen it or say so here.`;
}

/** @example inWords(7 * 86_400_000) === '7 days' */
function inWords(ms: number): string {
  const days = ms / 86_400_000;
  if (!Number.isInteger(days) || days === 0) return formatDuration(ms);
  return days === 1 ? 'a day' : `${days} days`;
}
