/** Decides whether a target can be given back to what was there before it was ours. */
import { Failure } from '../failures.js';
import { rolloutWorkflowId, targetPath } from '../names.js';
import type { Revision } from '../rollout/revision.js';
import type { TargetState } from './state.js';

/** @returns what is given back. @throws CommandRejected; TargetBusy while something runs, waits or is given back */
export function requireEjectable({
  target,
  stable,
  current,
  queue,
  ...rest
}: TargetState): Revision {
  const where = targetPath(target);
  if (stable === null) {
    throw new Failure('CommandRejected', `nothing of ours runs at ${where}`, { where });
  }
  const busy = current ?? queue[0];
  if (busy !== undefined) {
    const id = rolloutWorkflowId({ target, n: busy.n });
    throw new Failure('TargetBusy', `${id} of ${busy.request.candidate.version} is not over`, {
      where,
      next: `sluice abort ${target.service}/${target.environment}#${busy.n} --reason "…", then eject again`,
    });
  }
  requireNotHandingBack({ target, handingBack: rest.handingBack });
  return stable;
}

/** @throws TargetBusy while the target is given back and nothing has stopped that */
export function requireNotHandingBack({
  target,
  handingBack,
}: Pick<TargetState, 'target'> & {
  readonly handingBack: TargetState['handingBack'] | undefined;
}): void {
  if (!handingBack || handingBack.trouble !== null) return;
  const where = targetPath(target);
  const message = `${where} is being given back by ${handingBack.actor}: ${handingBack.reason}`;
  throw new Failure('TargetBusy', message, { where, next: 'wait until it is done' });
}
