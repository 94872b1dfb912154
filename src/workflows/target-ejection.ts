/** How a target is given back: announced at once, carried out between two rollouts, and then its story ends. */
import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { EjectCommand, EjectReceipt } from '../domain/command.js';
import { targetPath } from '../domain/names.js';
import { requireEjectable } from '../domain/target/eject.js';
import type { TargetState } from '../domain/target/state.js';
import { actuateOn } from './activity-options.js';
import { innermostMessage } from './innermost-error.js';
import { orRefuse } from './refuse.js';

/** What of the target's desk this needs. */
interface Desk {
  state: TargetState;
  show(): void;
  wantsBack(): boolean;
}

/** A look is short; the act waits for the users' own pods. */
const planWithinMs = 8_000;
const handBackWithinMs = 600_000;

/** Says what would be done; unless it is a dry run, the target's main loop does it next. */
export async function askForEjection(desk: Desk, command: EjectCommand): Promise<EjectReceipt> {
  const stable = orRefuse(() => requireEjectable(desk.state));
  const { target, platform } = desk.state;
  const steps = await actuateOn(platform, planWithinMs).planHandBack.executeWithOptions(
    { summary: 'what giving it back would do' },
    [{ target, platform, stable }],
  );
  if (command.dryRun) return { accepted: true, message: 'this would be done', steps };
  // Something may have come in meanwhile.
  orRefuse(() => requireEjectable(desk.state));
  const { actor, reason } = command;
  const handingBack = { actor, reason, sinceMs: Date.now(), trouble: null };
  desk.state = { ...desk.state, handingBack };
  desk.show();
  const message = `${targetPath(target)} is being given back`;
  return { accepted: true, message, steps };
}

/** @returns true when nothing of the target is ours any more */
export async function handBack(desk: Desk): Promise<boolean> {
  const { target, platform, stable, handingBack } = desk.state;
  if (!handingBack || !stable) return false;
  const fence = { ...desk.state.fence, sequence: desk.state.fence.sequence + 1 };
  desk.state = { ...desk.state, fence };
  const { actor, reason } = handingBack;
  const scope = new CancellationScope();
  const options = { summary: `give it back: ${reason}` };
  const subject = workflowInfo().workflowId;
  const why = `${reason} (${actor})`;
  let trouble: string | null = 'given up for a rollback';
  const handedBack = scope
    .run(() =>
      actuateOn(platform, handBackWithinMs).handBackTarget.executeWithOptions(options, [
        { target, platform, stable, fence, subject, reason: why },
      ]),
    )
    .then(
      () => {
        trouble = null;
      },
      (error: unknown) => {
        if (!isCancellation(error)) trouble = innermostMessage(error);
      },
    );
  // Somebody who wants the former revision does not wait for this.
  await Promise.race([handedBack, condition(() => desk.wantsBack())]);
  scope.cancel();
  if (trouble === null) return true;
  desk.state = { ...desk.state, handingBack: { ...handingBack, trouble } };
  desk.show();
  return false;
}
