/** The steps of a rollout, each with its verdict beside it; the one at work with its watch. */
import type { Why } from './answers.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import type { Step } from '../domain/rollout/step.js';
import type { RolloutView } from '../domain/rollout/view.js';
import { type ShownVerdict, VerdictBlock } from './verdict-block.js';
import { WatchTable } from './watch-table.js';

interface StepsProps {
  readonly view: RolloutView;
  readonly events: Why['events'];
  readonly watch: WatchSummary | null;
  readonly nowMs: number;
}

const signs = { done: '✓', now: '▸', failed: '✕', open: '·' } as const;
const words = { done: 'done', now: 'now', failed: 'ended here', open: 'to come' } as const;

export function Steps({ view, events, watch, nowMs }: StepsProps) {
  const { steps } = view.plan;
  const verdicts = verdictsByStep(view, events);
  return (
    <ol class="steps">
      {steps.map((step, at) => {
        const state = stateOf(view, at);
        const verdict = verdicts.get(at);
        return (
          <li key={at} class={state} aria-current={state === 'now' ? 'step' : undefined}>
            <p>
              <span class="sign" aria-hidden="true">
                {signs[state]}
              </span>
              <span class="spoken">{words[state]}: </span>
              {step.title}
            </p>
            {verdict !== undefined && <VerdictBlock verdict={verdict} />}
            {state === 'now' && watch !== null && <WatchTable watch={watch} nowMs={nowMs} />}
          </li>
        );
      })}
    </ol>
  );
}

function stateOf({ position, outcome, phase }: RolloutView, at: number): keyof typeof signs {
  if (at < position || outcome === 'promoted') return 'done';
  if (at > position) return 'open';
  return outcome === null && phase !== 'RollingBack' ? 'now' : 'failed';
}

/** The newest verdict of each step: verdicts come in the order of the steps, and each knows its weight. */
function verdictsByStep(
  { plan, position, verdict, outcome }: RolloutView,
  events: Why['events'],
): ReadonlyMap<number, ShownVerdict> {
  const found = new Map<number, ShownVerdict>();
  const weights = weightsOf(plan.steps);
  let from = 0;
  for (const { kind, data } of events) {
    if (kind !== 'verdictReached' || !isVerdict(data)) continue;
    const at = weights.findIndex(
      (weight, index) => index >= from && weight === data.weight && isWatched(plan.steps[index]),
    );
    if (at < 0) continue;
    found.set(at, data);
    from = at + 1;
  }
  // What turned it back is told where it stopped, whatever the record says by now.
  if (verdict !== null && verdict.kind !== 'pass' && outcome !== 'promoted') {
    found.set(Math.min(position, plan.steps.length - 1), verdict);
  }
  return found;
}

/** The weight that each step leaves behind. */
function weightsOf(steps: readonly Step[]): readonly number[] {
  let weight = 0;
  return steps.map((step) => {
    if (step.kind === 'shift') weight = step.weight;
    return weight;
  });
}

function isWatched(step: Step | undefined): boolean {
  return step?.kind === 'watch' || (step?.kind === 'shift' && step.window !== null);
}

function isVerdict(data: unknown): data is ShownVerdict & { readonly weight: number } {
  return (
    typeof data === 'object' &&
    data !== null &&
    'evidence' in data &&
    Array.isArray(data.evidence) &&
    'kind' in data &&
    'weight' in data
  );
}
