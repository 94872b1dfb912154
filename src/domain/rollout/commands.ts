/** Which commands a rollout takes now, and what it answers to those it does not. */
import { Failure } from '../failures.js';
import { currentStep, type RolloutState } from './state.js';

export type RolloutCommand = 'pause' | 'resume' | 'promote' | 'promoteFull' | 'abort';

const commands: readonly RolloutCommand[] = ['pause', 'resume', 'promote', 'promoteFull', 'abort'];

/** Why the command is refused now; null when it is accepted. */
export function refusal(state: RolloutState, command: RolloutCommand): string | null {
  if (state.mode === 'ended') return `the rollout has ended: ${state.outcome}`;
  if (state.mode === 'rollingBack') return 'the rollout is already rolling back';
  const step = currentStep(state);
  const asksToResume =
    (step.kind === 'shift' || step.kind === 'watch') && step.window?.until === 'resumed';
  switch (command) {
    case 'abort':
      return null;
    case 'pause':
      if (state.paused) return `it is already paused by ${state.paused.actor}`;
      return step.kind === 'promote' ? 'it is being promoted' : null;
    case 'resume':
      return state.paused || (asksToResume && state.written) ? null : 'it is not paused';
    case 'promote':
      if ((step.kind === 'smoke' || step.kind === 'webhook') && !state.written) {
        return `the check "${step.title}" is not answered yet; promote in full passes it over`;
      }
      if (step.kind === 'promote') return 'it is being promoted';
      return state.written ? null : `"${step.title}" is not reached yet`;
    case 'promoteFull':
      if (step.kind === 'promote') return 'it is being promoted';
      if (step.kind === 'migrate' && !state.written) return 'the migration has not ended yet';
      return state.full ? 'it is already being promoted in full' : null;
  }
}

/** Throws CommandRejected with the reason and what would be accepted. */
export function requireAccepted(state: RolloutState, command: RolloutCommand): void {
  const why = refusal(state, command);
  if (why === null) return;
  const open = acceptedCommands(state);
  throw new Failure('CommandRejected', `${command} is not possible: ${why}`, {
    next:
      open.length > 0
        ? `possible now: ${open.join(', ')}`
        : 'nothing is left to command here; read it with: sluice get',
  });
}

export function acceptedCommands(state: RolloutState): readonly RolloutCommand[] {
  return commands.filter((command) => refusal(state, command) === null);
}
