/** What a worker counts of rollouts, commands and activities, in the text format of Prometheus. */
import type { ActivityInterceptors, InjectedSinks } from '@temporalio/worker';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { LRUCache } from 'lru-cache';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Failure, failureRules } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import type { Verdict } from '../domain/analysis/verdict.js';
import type { RollbackCause, RolloutOutcome } from '../domain/rollout/outcome.js';
import { commandNames, workflowTypes } from '../domain/wire-names.js';
import type { MetricSinks } from '../workflows/metric-sinks.js';
import { type CountReads, createReadMetrics } from './read-metrics.js';
import type { RunningRollout } from './running-rollouts.js';

/** Names of a project's services and places, and closed lists: no versions, ids or reasons, which never end. */
const targetLabels = ['service', 'environment', 'region'] as const;

/** Where the numbers of a scrape come from, besides this process. */
type ScrapeSource = 'visibility' | 'ledger' | 'temporal_sdk';

const outcomes: readonly RolloutOutcome[] = ['promoted', 'rolledBack', 'aborted', 'superseded'];
const causes: readonly RollbackCause['kind'][] = [
  ...(['verdict', 'gate', 'alert', 'deadline', 'aborted', 'superseded', 'cancelled'] as const),
  'failure',
];
const verdicts: readonly Verdict['kind'][] = ['pass', 'fail', 'inconclusive'];
const rollbackEdgesS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300];
const rolloutEdgesS = [10, 30, 60, 300, 900, 1800, 3600, 14_400, 43_200, 86_400, 604_800];

/** How long a project's ledger is. */
export interface LedgerLength {
  readonly project: string;
  /** Number of the newest row; 0 before the first. */
  readonly rows: number;
}

export interface RolloutMetrics {
  readonly registry: Registry;
  readonly sinks: InjectedSinks<MetricSinks>;
  readonly countReads: CountReads;
  /** Goes inside of what turns failures into Temporal's. */
  readonly activityInterceptor: (context: Context) => ActivityInterceptors;
  /** Takes the place of what was shown before; counters of what runs begin at 0. */
  show(running: readonly RunningRollout[]): void;
  scraped(source: ScrapeSource, ok: boolean): void;
  /** Null: it did not answer. */
  showLedger(length: LedgerLength | null): void;
}

type EndingRun = Pick<WorkflowInfo, 'workflowType' | 'runId'>;

export function createRolloutMetrics(): RolloutMetrics {
  const registry = new Registry();
  const registers = [registry];
  const rollouts = new Counter({
    name: 'sluice_rollouts_total',
    help: 'Rollouts that ended',
    labelNames: [...targetLabels, 'strategy', 'outcome'],
    registers,
  });
  const judged = new Counter({
    name: 'sluice_verdicts_total',
    help: 'Verdicts that a rollout acted on',
    labelNames: [...targetLabels, 'kind'],
    registers,
  });
  const placebos = new Counter({
    name: 'sluice_placebo_total',
    help: 'Rollouts in which stable was judged beside itself too; alarmed ones are false alarms',
    labelNames: [...targetLabels, 'alarmed'],
    registers,
  });
  const commands = new Counter({
    name: 'sluice_commands_total',
    help: 'Commands of people that reached a workflow',
    labelNames: ['command', 'accepted'],
    registers,
  });
  const activityFailures = new Counter({
    name: 'sluice_activity_failures_total',
    help: 'Attempts of activities that failed, by code; Unforeseen is a bug',
    labelNames: ['activity', 'code'],
    registers,
  });
  const rollbackDuration = new Histogram({
    name: 'sluice_rollback_duration_seconds',
    help: 'From the decision to go back until the platform confirmed all traffic on stable',
    labelNames: ['cause'],
    buckets: rollbackEdgesS,
    registers,
  });
  const rolloutDuration = new Histogram({
    name: 'sluice_rollout_duration_seconds',
    help: 'From the start of a rollout to its end',
    labelNames: ['outcome'],
    buckets: rolloutEdgesS,
    registers,
  });
  const phase = new Gauge({
    name: 'sluice_rollout_phase',
    help: '1 for the present phase of a running rollout; every worker shows all rollouts',
    labelNames: [...targetLabels, 'phase'],
    registers,
  });
  const weight = new Gauge({
    name: 'sluice_rollout_weight',
    help: 'Share of traffic, in percent, that a running rollout intends for its candidate',
    labelNames: [...targetLabels],
    registers,
  });
  const ledgerRows = new Gauge({
    name: 'sluice_ledger_rows',
    help: 'Number of the newest row of the ledger; it only ever grows',
    labelNames: ['project'],
    registers,
  });
  const scrapeError = new Gauge({
    name: 'sluice_scrape_error',
    help: '1: this scrape is without what the source would have said',
    labelNames: ['source'],
    registers,
  });
  // What begins at 0 shows its first event as an increase.
  for (const cause of causes) rollbackDuration.zero({ cause });
  for (const outcome of outcomes) rolloutDuration.zero({ outcome });
  for (const command of commandNames) {
    for (const accepted of ['true', 'false']) commands.inc({ command, accepted }, 0);
  }

  const endings = new LRUCache<string, true>({ max: 1_000 });
  /** The last task of a workflow is run again, with all that it tells, where something came before the server took it. */
  function isFirst(ending: 'ended' | 'placebo', { workflowType, runId }: EndingRun): boolean {
    if (workflowType !== workflowTypes.rollout) return true;
    const key = `${ending} ${runId}`;
    const isKnown = endings.has(key);
    endings.set(key, true);
    return !isKnown;
  }

  return {
    registry,
    countReads: createReadMetrics(registry),
    sinks: {
      metrics: {
        judged: { fn: (_info, target, kind) => judged.inc({ ...labelsOf(target), kind }) },
        ended: {
          fn(info, { target, strategy, outcome, tookMs, rollback }) {
            if (!isFirst('ended', info)) return;
            rollouts.inc({ ...labelsOf(target), strategy, outcome });
            rolloutDuration.observe({ outcome }, tookMs / 1000);
            if (rollback === null) return;
            rollbackDuration.observe({ cause: rollback.cause }, rollback.tookMs / 1000);
          },
        },
        placebo: {
          fn(info, target, alarmed) {
            if (!isFirst('placebo', info)) return;
            placebos.inc({ ...labelsOf(target), alarmed: String(alarmed) });
          },
        },
        commanded: {
          fn: (_info, command, accepted) => commands.inc({ command, accepted: String(accepted) }),
        },
      },
    },
    activityInterceptor: ({ info }) => ({
      inbound: {
        async execute(input, next) {
          try {
            return await next(input);
          } catch (error) {
            const code = codeOf(error);
            if (code !== null) activityFailures.inc({ activity: info.activityType, code });
            throw error;
          }
        },
      },
    }),
    show(running) {
      phase.reset();
      weight.reset();
      for (const rollout of running) {
        const labels = labelsOf(rollout.target);
        phase.set({ ...labels, phase: rollout.phase }, 1);
        weight.set(labels, rollout.weight);
        for (const kind of verdicts) judged.inc({ ...labels, kind }, 0);
        for (const alarmed of ['true', 'false']) placebos.inc({ ...labels, alarmed }, 0);
        const { strategy } = rollout;
        if (strategy === null) continue;
        for (const outcome of outcomes) rollouts.inc({ ...labels, strategy, outcome }, 0);
      }
    },
    scraped: (source, ok) => scrapeError.set({ source }, ok ? 0 : 1),
    showLedger(length) {
      ledgerRows.reset();
      if (length !== null) ledgerRows.set({ project: length.project }, length.rows);
    },
  };
}

function labelsOf({ service, environment, region = '' }: TargetKey) {
  return { service, environment, region };
}

/** Null for one that was only told to stop. */
function codeOf(error: unknown): string | null {
  if (error instanceof CancelledFailure) return null;
  if (error instanceof Failure) return error.code;
  const type = error instanceof ApplicationFailure ? error.type : null;
  return type != null && Object.hasOwn(failureRules, type) ? type : 'Unforeseen';
}
