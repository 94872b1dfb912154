/** Expands a strategy into the steps of one rollout: a value that can be printed before anything happens. */
import { formatDuration } from '../time.js';
import type { MigrationSpec } from './migration.js';
import type { HeaderRoute } from './split.js';
import type { RolloutPlan, Step, WatchWindow } from './step.js';
import type {
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  RollingStrategy,
  RolloutTiming,
  Strategy,
} from './strategy.js';
import { instancesFor } from './workload.js';

type Shift = Extract<Step, { kind: 'shift' }>;

const passing: WatchWindow = { minimumMs: 0, maximumMs: null, until: 'elapsed' };
const promote: Step = { kind: 'promote', title: 'the candidate becomes stable' };

/**
 * The plan of a rollout. Without a stable revision there is nothing to compare with and nobody to protect,
 * so the first install goes straight to full scale.
 *
 * @example a canary of 3 instances with steps 5 % (1 min), 50 % (1 min):
 *   shift 1 instance, 5 % → shift 2 instances, 50 % → shift 3 instances, 100 % → promote
 */
export function planRollout(request: {
  readonly strategy: Strategy;
  /** Instances of the service at full scale. */
  readonly fullScale: number;
  readonly hasStable: boolean;
  /** Of the workload. */
  readonly migration?: MigrationSpec | undefined;
}): RolloutPlan {
  const { strategy, fullScale, hasStable, migration } = request;
  const { timing } = strategy;
  const before: Step[] =
    migration === undefined
      ? []
      : [{ kind: 'migrate', title: `migrate by ${migration.job}`, migration }];
  if (!hasStable) {
    const steps = [...before, shift(fullScale, 100, null, passing), promote];
    return { strategy: 'install', steps: steps.map(bounded(timing)), timing, fullScale };
  }
  const steps = [...before, ...stepsOf(strategy, fullScale)].map(bounded(timing));
  return { strategy: strategy.kind, steps, timing, fullScale };
}

/** A time that nothing can be seen in does not elapse: when it is over by this much, the health policy decides. */
function bounded({ progressDeadlineMs }: RolloutTiming): (step: Step) => Step {
  const bound = (window: WatchWindow): WatchWindow =>
    window.until === 'elapsed'
      ? { ...window, maximumMs: window.minimumMs + progressDeadlineMs }
      : window;
  return (step) => {
    if (step.kind === 'watch') return { ...step, window: bound(step.window) };
    return step.kind === 'shift' && step.window ? { ...step, window: bound(step.window) } : step;
  };
}

/** All traffic to a revision that was stable before: no gate, no analysis, nothing to wait for but its readiness. */
export function planSwitchBack(strategy: Strategy, fullScale: number): RolloutPlan {
  const steps = [shift(fullScale, 100, null, null), promote];
  return { strategy: 'switchBack', steps, timing: strategy.timing, fullScale };
}

function stepsOf(strategy: Strategy, fullScale: number): Step[] {
  switch (strategy.kind) {
    case 'canary':
      return canarySteps(strategy, fullScale);
    case 'blueGreen':
      return blueGreenSteps(strategy, fullScale);
    case 'rolling':
      return rollingSteps(strategy, fullScale);
  }
}

function shift(
  instances: number,
  weight: number,
  headerRoute: HeaderRoute | null,
  window: WatchWindow | null,
): Shift {
  const capacity = `${instances} ${instances === 1 ? 'instance' : 'instances'}`;
  const testers = headerRoute ? `, testers by ${headerRoute.header}` : '';
  const title =
    weight === 0
      ? `deploy ${capacity}${testers}`
      : `traffic to ${weight} % on ${capacity}${testers}`;
  // With no traffic and nothing to wait for there is nothing to judge: readiness alone completes the step.
  const unjudged = weight === 0 && window === passing && headerRoute === null;
  return { kind: 'shift', title, instances, weight, headerRoute, window: unjudged ? null : window };
}

/** Capacity as for that share of the traffic, judged by what comes of the copies. */
function mirrored(
  step: Extract<CanaryStep, { kind: 'mirror' }>,
  instances: number,
  headerRoute: HeaderRoute | null,
): Shift {
  const { percent } = step;
  const { title, ...rest } = shift(instances, 0, headerRoute, judgedFor(step));
  return { ...rest, title: `${title}, copies of ${percent} % of the requests`, mirror: percent };
}

function judgedFor({ forMs, deadlineMs }: { forMs: number; deadlineMs: number }): WatchWindow {
  return { minimumMs: forMs, maximumMs: Math.max(forMs, deadlineMs), until: 'judged' };
}

/** The waiting that a canary step asks for; null for steps that act. */
function windowOf(step: CanaryStep | undefined): WatchWindow | null {
  if (step?.kind === 'analysis') return judgedFor(step);
  if (step?.kind !== 'pause') return null;
  if (step.forMs === null) return { minimumMs: 0, maximumMs: null, until: 'resumed' };
  return { minimumMs: step.forMs, maximumMs: null, until: 'elapsed' };
}

function describeWindow(window: WatchWindow): string {
  if (window.until === 'resumed') return 'until somebody resumes';
  return `for ${formatDuration(window.minimumMs)}`;
}

function canarySteps(strategy: CanaryStrategy, fullScale: number): Step[] {
  const steps: Step[] = [];
  let weight = 0;
  let fixed: number | null = null;
  let route: HeaderRoute | null = null;
  let deployed = false;
  let last: WatchWindow = passing;
  const instances = (): number =>
    weight === 100 ? Math.max(fixed ?? 0, fullScale) : (fixed ?? instancesFor(weight, fullScale));

  for (let at = 0; at < strategy.steps.length; at++) {
    const step = strategy.steps[at] as CanaryStep;
    const next = strategy.steps[at + 1];
    const alone = windowOf(step);
    if (step.kind === 'mirror') {
      steps.push(mirrored(step, fixed ?? instancesFor(step.percent, fullScale), route));
      // The next step's own shift ends the copies, whatever it is.
      deployed = false;
    } else if (alone) {
      if (!deployed) steps.push(shift(instances(), weight, route, alone));
      else steps.push({ kind: 'watch', title: `watch ${describeWindow(alone)}`, window: alone });
      deployed = true;
      if (step.kind === 'analysis') last = alone;
    } else if (
      step.kind === 'setWeight' ||
      step.kind === 'headerRoute' ||
      step.kind === 'setScale'
    ) {
      if (step.kind === 'setWeight') weight = step.weight;
      if (step.kind === 'headerRoute') route = step.route;
      if (step.kind === 'setScale') fixed = step.instances;
      const shifts = next?.kind === 'setWeight' || next?.kind === 'mirror';
      const folded = shifts && step.kind !== 'setWeight';
      if (folded) continue;
      const window = windowOf(next);
      if (window) at++;
      if (next?.kind === 'analysis' && window) last = window;
      steps.push(shift(instances(), weight, route, window ?? passing));
      deployed = true;
    } else {
      if (!deployed) steps.push(shift(instances(), weight, route, passing));
      deployed = true;
      if (step.kind === 'smokeTest') {
        steps.push({ kind: 'smoke', title: `smoke test ${step.smoke.path}`, smoke: step.smoke });
      } else if (step.kind === 'webhook') {
        steps.push({
          kind: 'webhook',
          title: `ask ${new URL(step.webhook.url).host}`,
          webhook: step.webhook,
        });
      }
    }
  }
  if (weight !== 100) steps.push(shift(Math.max(fixed ?? 0, fullScale), 100, null, last));
  return [...steps, promote];
}

function blueGreenSteps(strategy: BlueGreenStrategy, fullScale: number): Step[] {
  const steps: Step[] = [shift(fullScale, 0, null, passing)];
  if (strategy.smoke)
    steps.push({
      kind: 'smoke',
      title: `smoke test ${strategy.smoke.path}`,
      smoke: strategy.smoke,
    });
  if (strategy.warmUp)
    steps.push({ kind: 'smoke', title: `warm up ${strategy.warmUp.path}`, smoke: strategy.warmUp });
  const weights = strategy.weights.at(-1) === 100 ? strategy.weights : [...strategy.weights, 100];
  for (const weight of weights) {
    const minimumMs = weight === 100 ? strategy.postSwitchMs : strategy.stepMs;
    steps.push(
      shift(fullScale, weight, null, {
        minimumMs,
        maximumMs: minimumMs + strategy.deadlineMs,
        until: 'judged',
      }),
    );
  }
  return [...steps, promote];
}

/** @example 5 instances in 2 batches: 3 instances, 60 % → 5 instances, 100 % */
function rollingSteps(strategy: RollingStrategy, fullScale: number): Step[] {
  const steps: Step[] = [];
  const batches = Math.min(strategy.batches, fullScale);
  for (let batch = 1; batch <= batches; batch++) {
    const instances = Math.ceil((fullScale * batch) / batches);
    // Rounded down, so that no instance carries more than it does at full scale.
    const weight = Math.floor((100 * instances) / fullScale);
    const window: WatchWindow = {
      minimumMs: strategy.stepMs,
      maximumMs: strategy.stepMs + strategy.deadlineMs,
      until: 'judged',
    };
    steps.push(shift(instances, weight, null, window));
  }
  return [...steps, promote];
}

/** The plan as numbered lines for people. */
export function printPlan(plan: RolloutPlan): string[] {
  return plan.steps.map((step, index) => {
    const window = step.kind === 'shift' && step.window ? step.window : null;
    const waits = window && (window.minimumMs > 0 || window.until === 'resumed');
    const watched = waits ? `, watched ${describeWindow(window)}` : '';
    const within =
      step.kind === 'migrate' ? `, within ${formatDuration(step.migration.deadlineMs)}` : '';
    return `${index + 1}. ${step.title}${within}${watched}`;
  });
}
