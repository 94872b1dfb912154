/** From phases as the engine's workflows went through them to what is to be written at the code host, in order. */
import { environmentPath, parseRolloutWorkflowId } from '../names.js';
import { isEnded, type Phase } from '../phase.js';

/** One step of a workflow, from its own history: none is missed, whoever was away meanwhile. */
export interface PhaseChange {
  readonly eventId: number;
  readonly atMs: number;
  readonly phase: Phase;
  /** Of a release: the stage it is at, null before the first and after the last. Of a rollout: its target's. */
  readonly environment: string | null;
}

export interface PhaseReading {
  /** Those after the event that was asked from, in order. */
  readonly changes: readonly PhaseChange[];
  /** To ask from next time. */
  readonly lastEventId: number;
  /** Nothing will come any more. */
  readonly isEnded: boolean;
}

export interface MirrorState {
  /** Phase by environment, as it is to be seen at the code host. */
  readonly stages: Readonly<Record<string, Phase>>;
  /** Of the release as a whole. */
  readonly release: Phase | null;
}

export const nothingMirrored: MirrorState = { stages: {}, release: null };

/** Null for the release as a whole. */
export interface MirrorWrite {
  readonly environment: string | null;
  readonly phase: Phase;
}

interface Mirrored {
  readonly state: MirrorState;
  readonly writes: readonly MirrorWrite[];
}

/** Takes a step of the release in: its stage shows it, and so does the release when it begins or ends. */
export function mirrorRelease(state: MirrorState, change: PhaseChange): Mirrored {
  const { environment, phase } = change;
  const staged = environment === null ? { state, writes: [] } : show(state, environment, phase);
  // The whole goes by what its stage waits for or does; only in one place may it have ended.
  const whole = environment !== null && isEnded(phase) ? (state.release ?? 'Queued') : phase;
  if (whole === state.release) return staged;
  return {
    state: { ...staged.state, release: whole },
    writes: [...staged.writes, { environment: null, phase: whole }],
  };
}

/**
 * Takes a step of a release's rollout in: it says more exactly what the stage does while that is `Deploying`. How it
 * ended is not shown: after a rollout comes the release's own word, which may be soak and verification first.
 */
export function mirrorRollout(
  state: MirrorState,
  rolloutId: string,
  { phase }: Pick<PhaseChange, 'phase'>,
): Mirrored {
  const environment = environmentPath(parseRolloutWorkflowId(rolloutId).target);
  if (isEnded(phase) || state.stages[environment] === undefined) return { state, writes: [] };
  return show(state, environment, phase);
}

function show(state: MirrorState, environment: string, phase: Phase): Mirrored {
  if (state.stages[environment] === phase) return { state, writes: [] };
  return {
    state: { ...state, stages: { ...state.stages, [environment]: phase } },
    writes: [{ environment, phase }],
  };
}

/**
 * Steps of a rollout that belong before the next one of its release: those of a later attempt are told with that one.
 * There is no lower bound: under load a rollout begins before its release says that it deploys.
 */
export function upTo(changes: readonly PhaseChange[], untilMs: number): readonly PhaseChange[] {
  return changes.filter(({ atMs }) => atMs <= untilMs);
}
