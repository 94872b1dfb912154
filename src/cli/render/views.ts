/** Releases, rollouts and targets as lines of text: a tree with weights, verdict, what it waits for and what can be done. */
import { environmentPath, parseRolloutWorkflowId, targetPath } from '../../domain/names.js';
import type { WatchSummary } from '../../domain/analysis/explain-watch.js';
import type { ReleaseView, StageView } from '../../domain/release/view.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import type { TargetView } from '../../domain/target/view.js';
import { renderWatch } from './watch.js';
import { harmless, type Paint, paintPhase, progressBar, roundedDuration, table } from './paint.js';

type Trails = ReadonlyMap<string, readonly number[]>;

/** `rollout` and `watch` are those of the stage that is at work; `nowMs` only for showing how long it takes. */
export function renderRelease(
  view: ReleaseView,
  rollout: RolloutView | null,
  paint: Paint,
  nowMs: number,
  watch: WatchSummary | null = null,
  trails?: Trails,
): string[] {
  const title = paint('bold', `${view.service} ${view.version}`);
  const lines = [
    `${title}  ${paintPhase(view.phase, paint)}  ${lasted(view.startedAtMs, view.endedAtMs, nowMs)}`,
  ];
  const widest = Math.max(0, ...view.stages.map(({ environment }) => environment.length));
  view.stages.forEach((stage, at) => {
    const isLast = at === view.stages.length - 1;
    lines.push(`${isLast ? '└─' : '├─'} ${stageLine(stage, widest, paint, nowMs)}`);
    const under = isLast ? '   ' : '│  ';
    const shown = watch === null ? [] : renderWatch(watch, paint, nowMs, trails);
    for (const line of stageDetails(stage, rollout, shown, paint)) lines.push(`${under} ${line}`);
  });
  if (view.reason) lines.push(`reason   ${harmless(view.reason)}`);
  lines.push(...commandLine(view.commands, paint));
  return lines;
}

function lasted(startedAtMs: number | null, endedAtMs: number | null, nowMs: number): string {
  return startedAtMs === null ? '' : roundedDuration((endedAtMs ?? nowMs) - startedAtMs);
}

function stageLine(stage: StageView, widest: number, paint: Paint, nowMs: number): string {
  const name = stage.environment.padEnd(widest);
  const attempt = stage.attempt > 1 ? `  attempt ${stage.attempt}` : '';
  const time = lasted(stage.startedAtMs, stage.endedAtMs, nowMs);
  return `${name}  ${paintPhase(stage.phase, paint)}  ${stage.strategy}${attempt}  ${time}`.trimEnd();
}

function stageDetails(
  stage: StageView,
  rollout: RolloutView | null,
  watch: readonly string[],
  paint: Paint,
): string[] {
  const lines: string[] = [];
  if (stage.phase === 'AwaitingApproval') {
    lines.push(`approvals ${stage.approvals.length} of ${stage.approvalsRequired}`);
  }
  if (stage.reason) lines.push(harmless(stage.reason));
  if (rollout !== null && rollout.rolloutId === stage.rolloutId && rollout.outcome === null) {
    lines.push(...rolloutDetails(rollout, paint), ...watch);
  }
  return lines;
}

function rolloutDetails(view: RolloutView, paint: Paint): string[] {
  const lines = [progressBar(view.weight)];
  const step = view.plan.steps[view.position];
  if (step !== undefined) {
    lines.push(
      `step     ${view.position + 1} of ${view.plan.steps.length}: ${harmless(step.title)}`,
    );
  }
  if (view.paused) {
    lines.push(
      paint(
        'yellow',
        `paused   by ${harmless(view.paused.actor)}: ${harmless(view.paused.reason)}`,
      ),
    );
  }
  if (view.holding) lines.push(paint('yellow', `holding  ${harmless(view.holding)}`));
  if (view.verdict) {
    const { kind, reason } = view.verdict;
    const colour = kind === 'pass' ? 'green' : kind === 'fail' ? 'red' : 'yellow';
    lines.push(`verdict  ${paint(colour, kind)}: ${harmless(reason)}`);
  }
  return lines;
}

/** Commands whose name on the command line is another one. */
const typedAs: Readonly<Record<string, string>> = {
  promoteFull: 'promote --full',
  rollBack: 'rollback',
};

function commandLine(commands: readonly string[], paint: Paint): string[] {
  const typed = commands.map((command) => typedAs[command] ?? command);
  return typed.length === 0 ? [] : [paint('dim', `possible now: ${typed.join(', ')}`)];
}

export function rolloutTitle(rolloutId: string): string {
  const { target, n } = parseRolloutWorkflowId(rolloutId);
  return `${targetPath(target)}#${n}`;
}

export function renderRollout(
  view: RolloutView,
  paint: Paint,
  nowMs: number,
  watch: WatchSummary | null = null,
  trails?: Trails,
): string[] {
  const { candidate, stable } = view;
  const shift = `${stable?.version ?? 'nothing'} → ${candidate.version}`;
  const steps = view.plan.steps.map((step, at) => {
    const isDone = at < view.position || view.outcome === 'promoted';
    const isNow = at === view.position && view.outcome === null;
    const sign = isDone ? paint('green', '✔') : isNow ? paint('cyan', '▶') : paint('dim', '·');
    return `  ${sign} ${at + 1}. ${harmless(step.title)}`;
  });
  return [
    `${paint('bold', rolloutTitle(view.rolloutId))}  ${shift}  ${paintPhase(view.phase, paint)}  ${lasted(view.startedAtMs, view.endedAtMs, nowMs)}`,
    ...steps,
    ...rolloutDetails(view, paint),
    ...(watch === null ? [] : renderWatch(watch, paint, nowMs, trails)),
    ...(view.reason ? [`reason   ${harmless(view.reason)}`] : []),
    ...commandLine(view.commands, paint),
  ];
}

export function renderTarget(view: TargetView, paint: Paint): string[] {
  const { stable, previous, current, lock } = view;
  const lines = [
    `${paint('bold', targetPath(view.target))}  stable ${stable?.version ?? 'nothing'}${view.platform ? `  on ${view.platform}` : ''}`,
  ];
  if (view.url !== null) lines.push(`address   ${view.url}`);
  if (previous) {
    const until = new Date(previous.warmUntilMs).toISOString();
    lines.push(`previous  ${previous.revision.version}, warm until ${until}`);
  }
  if (current)
    lines.push(`rollout   ${rolloutTitle(current.rolloutId)}  to ${current.candidate.version}`);
  view.queue.forEach(({ rolloutId, candidate, requestedBy }) => {
    lines.push(
      `queued    ${rolloutTitle(rolloutId)}  to ${candidate.version}, for ${harmless(requestedBy)}`,
    );
  });
  if (lock) {
    const until =
      lock.expiresAtMs === null
        ? 'until unlocked'
        : `until ${new Date(lock.expiresAtMs).toISOString()}`;
    lines.push(
      paint('yellow', `locked    by ${harmless(lock.owner)} ${until}: ${harmless(lock.reason)}`),
    );
  }
  if (view.repaired) lines.push(`repaired  ${harmless(view.repaired.reason)}`);
  const rows = view.history
    .slice(0, 10)
    .map(({ n, version, outcome, reason }) => [`  #${n}`, version, outcome, harmless(reason)]);
  if (rows.length > 0) lines.push('history', ...table(rows));
  return [...lines, ...commandLine(view.commands, paint)];
}

/** What is worth a line of its own when it changes, by what it is about: for logs and pipes. */
export function factsOf(
  release: ReleaseView | null,
  rollout: RolloutView | null,
): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  const tell = (about: string, ...parts: readonly (string | null | undefined | false)[]): void => {
    const text = parts.filter(Boolean).join('  ');
    if (text !== '') facts.set(about, harmless(`${about}  ${text}`));
  };
  for (const stage of release?.stages ?? []) {
    if (stage.startedAtMs === null && stage.phase === 'Queued') continue;
    const approvals =
      stage.phase === 'AwaitingApproval' &&
      `approvals ${stage.approvals.length} of ${stage.approvalsRequired}`;
    tell(stage.environment, stage.phase, approvals, stage.reason);
  }
  if (rollout !== null && rollout.outcome === null) {
    const place = environmentPath(rollout.target);
    tell(`${place} weight`, `${rollout.weight} %`);
    tell(`${place} paused`, rollout.paused?.reason);
    tell(`${place} holding`, rollout.holding);
    tell(
      `${place} verdict`,
      rollout.verdict && `${rollout.verdict.kind}: ${rollout.verdict.reason}`,
    );
  }
  if (release !== null) {
    tell(`${release.service} ${release.version}`, release.phase, release.reason);
  } else if (rollout !== null) {
    tell(rolloutTitle(rollout.rolloutId), rollout.phase, rollout.reason);
  }
  return facts;
}
