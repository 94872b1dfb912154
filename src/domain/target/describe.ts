/** A target as operators see it, as a value and as markdown. */
import { rolloutWorkflowId, targetPath } from '../names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { TargetState } from './state.js';
import type { TargetView } from './view.js';

export function viewTarget(state: TargetState): TargetView {
  const { target, stable, previous, current, lock } = state;
  const idOf = (n: number): string => rolloutWorkflowId({ target, n });
  return {
    target,
    platform: state.platform,
    url: state.url,
    stable,
    previous: previous && { revision: previous.revision, warmUntilMs: previous.warmUntilMs },
    current: current && {
      rolloutId: idOf(current.n),
      n: current.n,
      candidate: current.request.candidate,
    },
    queue: state.queue.map(({ n, request }) => ({
      rolloutId: idOf(n),
      candidate: request.candidate,
      requestedBy: request.requestedBy,
    })),
    lock,
    history: state.history,
    repaired: state.repaired,
    handingBack: state.handingBack ?? null,
    ...(state.dispersion === undefined ? {} : { dispersion: state.dispersion }),
    commands: [
      ...(current || previous ? ['rollback'] : []),
      lock ? 'unlock' : 'lock',
      ...(state.stable && !current && state.queue.length === 0 ? ['eject'] : []),
      ...(state.lastFailed && !current ? [`retry rollout ${state.lastFailed.n}`] : []),
    ],
  };
}

export function describeTarget(view: TargetView): string {
  const lines = [
    `**${escapeMarkdown(targetPath(view.target))}** · stable ${escapeMarkdown(view.stable?.version ?? 'nothing yet')}`,
  ];
  if (view.previous) {
    const until = new Date(view.previous.warmUntilMs).toISOString();
    lines.push(
      '',
      `previous ${escapeMarkdown(view.previous.revision.version)}, warm until ${until}`,
    );
  }
  if (view.current)
    lines.push(
      '',
      `**now** ${view.current.rolloutId}: ${escapeMarkdown(view.current.candidate.version)}`,
    );
  for (const queued of view.queue)
    lines.push(
      '',
      `waits: ${escapeMarkdown(queued.candidate.version)} for ${escapeMarkdown(queued.requestedBy)}`,
    );
  if (view.lock)
    lines.push(
      '',
      `**locked** by ${escapeMarkdown(view.lock.owner)}: ${escapeMarkdown(view.lock.reason)}`,
    );
  if (view.repaired)
    lines.push(
      '',
      `mended ${new Date(view.repaired.atMs).toISOString()}: ${escapeMarkdown(view.repaired.reason)}`,
    );
  if (view.handingBack) {
    const { actor, reason, trouble } = view.handingBack;
    const stopped = trouble === null ? '' : `, stopped: ${escapeMarkdown(trouble)}`;
    lines.push(
      '',
      `**being given back** by ${escapeMarkdown(actor)}: ${escapeMarkdown(reason)}${stopped}`,
    );
  }
  if (view.history.length > 0) {
    lines.push('', '| rollout | version | outcome | why |', '|---|---|---|---|');
    for (const entry of view.history.slice(0, 5)) {
      lines.push(
        `| ${entry.n} | ${escapeMarkdown(entry.version)} | ${entry.outcome} | ${escapeMarkdown(entry.reason)} |`,
      );
    }
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}
