/** What is remembered of a repository in our care: what is off by a person's word or by its failures, and the last sweep. */
import type { Command } from '../command.js';
import { escapeMarkdown } from '../rollout/describe.js';
import { type Automation, automations } from './automations.js';
import { type RepositoryKey, repositoryPath } from './names.js';

/** So many failures of one activity in a row, and its automation is off. */
export const failuresUntilOff = 5;

export interface SwitchedOff extends Command {
  /** `suspended`: by itself, after it failed. */
  readonly kind: 'paused' | 'suspended';
  readonly atMs: number;
  /** That tells of it; null where none was opened. */
  readonly issue: number | null;
}

/** How an activity of an automation ended; only what nobody expects counts as failed. */
export interface AutomationOutcome {
  readonly automation: Automation;
  readonly activity: string;
  readonly ok: boolean;
  readonly reason: string;
}

export interface CareState {
  readonly off: Readonly<Partial<Record<Automation, SwitchedOff>>>;
  /** Failures in a row, by `automation/activity`. */
  readonly streaks: Readonly<
    Record<string, { readonly failures: number; readonly reason: string }>
  >;
  /** Where the next sweep begins; opaque here. */
  readonly sweep: unknown;
}

/** Noted beside the workflow, where it is read without asking the workflow. */
export interface CareMemo {
  readonly off: Readonly<Partial<Record<Automation, string>>>;
  /** Keys of {@link CareState.streaks}. */
  readonly failing: readonly string[];
}

export const nothingRemembered: CareState = { off: {}, streaks: {}, sweep: null };

export function streakKey({
  automation,
  activity,
}: Pick<AutomationOutcome, 'automation' | 'activity'>): string {
  return `${automation}/${activity}`;
}

export interface Counted {
  readonly state: CareState;
  /** What went off by this. */
  readonly suspended: Automation | null;
}

export function countOutcome(state: CareState, outcome: AutomationOutcome, nowMs: number): Counted {
  const key = streakKey(outcome);
  const { [key]: streak, ...others } = state.streaks;
  if (outcome.ok) return { state: { ...state, streaks: others }, suspended: null };
  const failures = (streak?.failures ?? 0) + 1;
  const streaks = { ...others, [key]: { failures, reason: outcome.reason } };
  const { automation } = outcome;
  if (failures < failuresUntilOff || state.off[automation] !== undefined) {
    return { state: { ...state, streaks }, suspended: null };
  }
  const reason = `${outcome.activity} failed ${failures} times in a row: ${outcome.reason}`;
  const off = { kind: 'suspended', actor: 'sluice', reason, atMs: nowMs, issue: null } as const;
  return {
    state: { ...state, streaks, off: { ...state.off, [automation]: off } },
    suspended: automation,
  };
}

export function pauseAutomation(
  state: CareState,
  automation: Automation,
  { actor, reason }: Command,
  nowMs: number,
): CareState {
  const issue = state.off[automation]?.issue ?? null;
  const off: SwitchedOff = { kind: 'paused', actor, reason, atMs: nowMs, issue };
  return { ...state, off: { ...state.off, [automation]: off } };
}

/** It begins with a clean slate. */
export function resumeAutomation(state: CareState, automation: Automation): CareState {
  const { [automation]: _, ...off } = state.off;
  const isOther = ([key]: readonly [string, unknown]) => !key.startsWith(`${automation}/`);
  const streaks = Object.fromEntries(Object.entries(state.streaks).filter(isOther));
  return { ...state, off, streaks };
}

export function memoOf({ off, streaks }: CareState): CareMemo {
  const reasons = automations.flatMap((automation) => {
    const known = off[automation];
    return known === undefined ? [] : [[automation, whyOff(automation, known)] as const];
  });
  return { off: Object.fromEntries(reasons), failing: Object.keys(streaks) };
}

function whyOff(automation: Automation, { kind, actor, reason }: SwitchedOff): string {
  const how = kind === 'paused' ? `paused by ${actor}` : 'off by itself';
  return `${automation} is ${how}: ${reason}`.slice(0, 300);
}

/** Markdown for the Temporal UI. */
export function describeCare(repository: RepositoryKey, { off, streaks }: CareState): string {
  const lines = automations.map((automation) => {
    const known = off[automation];
    if (known === undefined) return `- ${automation} · may run`;
    return `- **${automation}** · ${escapeMarkdown(whyOff(automation, known))}, since ${new Date(known.atMs).toISOString()}`;
  });
  const failing = Object.entries(streaks).map(
    ([key, { failures, reason }]) => `- ${key} failed ${failures} times: ${escapeMarkdown(reason)}`,
  );
  const next = '**next** pause or resume with {"actor", "reason", "automation"}';
  return [
    `**${escapeMarkdown(repositoryPath(repository))}**`,
    '',
    ...lines,
    ...failing,
    '',
    next,
  ].join('\n');
}

/** The issue that says so. */
export function suspensionIssue(automation: Automation, { reason }: SwitchedOff) {
  return {
    title: `Sluice has switched ${automation} off here`,
    body: [
      `The automation \`${automation}\` does nothing in this repository from now on, because it could not do its work:`,
      '',
      `> ${escapeMarkdown(reason)}`,
      '',
      `Mend the cause, then switch it on: \`sluice repository resume <owner>/<name> ${automation} --reason …\`.`,
    ].join('\n'),
  };
}
