/** Series under which each alert fires, and such under which it must not, as promtool is asked: a sample every 15 s. */

export interface AlertCase {
  readonly alert: string;
  readonly title: string;
  /** Name and labels of a series, and its samples in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked. */
  readonly at: string;
  /** Labels of what fires then, beside `severity`; null: nothing. */
  readonly fires: Readonly<Record<string, string>> | null;
}

const target = 'service="checkout", environment="production", region=""';
const ofTarget = { service: 'checkout', environment: 'production' };
const ended = (outcome: string, service = 'checkout') =>
  `sluice_rollouts_total{service="${service}", environment="production", region="", strategy="canary", outcome="${outcome}"}`;
const phase = (name: string, instance = 'a') =>
  `sluice_rollout_phase{${target}, phase="${name}", instance="${instance}"}`;
const took = (le: string) => `sluice_rollback_duration_seconds_bucket{cause="verdict", le="${le}"}`;
const failures = (activity: string, code: string) =>
  `sluice_activity_failures_total{activity="${activity}", code="${code}"}`;
const reads = (outcome: string) =>
  `sluice_metric_reads_total{source="prometheus", outcome="${outcome}"}`;
const placebo = (alarmed: boolean) => `sluice_placebo_total{${target}, alarmed="${alarmed}"}`;
const pollers = (queue: string, instance: string) =>
  `temporal_num_pollers{task_queue="${queue}", poller_type="activity_task", instance="${instance}"}`;
const failedTasks = (reason: string) =>
  `temporal_workflow_task_execution_failed{task_queue="workflows", failure_reason="${reason}"}`;
const waits = (kind: 'workflow_task' | 'activity', queue: string, le: string) =>
  `temporal_${kind}_schedule_to_start_latency_bucket{task_queue="${queue}", le="${le}"}`;
const slots = (instance: string) =>
  `temporal_worker_task_slots_available{task_queue="watch", worker_type="ActivityWorker", instance="${instance}"}`;
const requests = (failure: string) =>
  `temporal_request${failure}{operation="RespondActivityTaskCompleted"}`;

export const alertCases: readonly AlertCase[] = [
  {
    alert: 'SluiceRolledBack',
    title: 'a first rollback, whose counter begins with it',
    series: { [ended('rolledBack')]: '_x8 1x20' },
    at: '3m',
    fires: ofTarget,
  },
  {
    alert: 'SluiceRolledBack',
    title: 'one more rollback',
    series: { [ended('rolledBack')]: '4x60 5x20' },
    at: '17m',
    fires: ofTarget,
  },
  {
    alert: 'SluiceRolledBack',
    title: 'rollbacks of long ago, and a promotion now',
    series: { [ended('rolledBack')]: '4x100', [ended('promoted')]: '1x60 2x40' },
    at: '20m',
    fires: null,
  },
  {
    alert: 'SluiceRollbackHangs',
    title: 'a minute and more of going back',
    series: { [phase('RollingBack')]: '1x12' },
    at: '2m',
    fires: ofTarget,
  },
  {
    alert: 'SluiceRollbackHangs',
    title: 'half a minute of going back',
    series: { [phase('RollingBack')]: '1x2 _x10', [phase('Analysing', 'b')]: '1x20' },
    at: '2m',
    fires: null,
  },
  {
    alert: 'SluiceRolloutStuck',
    title: 'held for half an hour, with a scrape missed',
    series: { [phase('Holding')]: '1x60 _x4 1x80' },
    at: '33m',
    fires: ofTarget,
  },
  {
    alert: 'SluiceRolloutStuck',
    title: 'held for twenty minutes, then resumed',
    series: { [phase('Holding')]: '1x80 _x60', [phase('Analysing')]: '_x80 1x60' },
    at: '33m',
    fires: null,
  },
  {
    alert: 'SluiceRollbackSlow',
    title: 'rollbacks that take ten seconds',
    series: { [took('5')]: '0+0x60', [took('10')]: '0+1x60', [took('+Inf')]: '0+1x60' },
    at: '15m',
    fires: {},
  },
  {
    alert: 'SluiceRollbackSlow',
    title: 'rollbacks that take a second',
    series: { [took('1')]: '0+1x60', [took('5')]: '0+1x60', [took('+Inf')]: '0+1x60' },
    at: '15m',
    fires: null,
  },
  {
    alert: 'SluiceRolloutNeedsHelp',
    title: 'a rollout that asks for help, as two workers show it',
    series: { [phase('NeedsHelp')]: '1x20', [phase('NeedsHelp', 'b')]: '1x20' },
    at: '4m',
    fires: ofTarget,
  },
  {
    alert: 'SluiceRolloutNeedsHelp',
    title: 'one that was helped',
    series: { [phase('NeedsHelp')]: '1x2 _x20', [phase('RollingBack')]: '_x2 1x20' },
    at: '5m',
    fires: null,
  },
  {
    alert: 'SluiceManyRollbacks',
    title: 'three services within the hour',
    series: Object.fromEntries(
      ['checkout', 'cart', 'search'].map((name) => [ended('rolledBack', name), '1x60 2x60']),
    ),
    at: '25m',
    fires: {},
  },
  {
    alert: 'SluiceManyRollbacks',
    title: 'three rollbacks of one service, and one of another',
    series: { [ended('rolledBack')]: '1x60 4x60', [ended('rolledBack', 'cart')]: '_x60 1x60' },
    at: '25m',
    fires: null,
  },
  {
    alert: 'SluiceFalseAlarms',
    title: 'three false alarms in thirty comparisons',
    series: { [placebo(true)]: '0x20 3x400', [placebo(false)]: '0x20 27x400' },
    at: '75m',
    fires: {},
  },
  {
    alert: 'SluiceFalseAlarms',
    title: 'one false alarm in a hundred',
    series: { [placebo(true)]: '0x20 1x400', [placebo(false)]: '0x20 99x400' },
    at: '75m',
    fires: null,
  },
  {
    alert: 'SluiceFalseAlarms',
    title: 'one in four, which says nothing yet',
    series: { [placebo(true)]: '0x20 1x400', [placebo(false)]: '0x20 3x400' },
    at: '75m',
    fires: null,
  },
  {
    alert: 'SluiceUnforeseenFailure',
    title: 'a bug that shows for the first time',
    series: { [failures('setTrafficWeight', 'Unforeseen')]: '_x8 1x20' },
    at: '3m',
    fires: { activity: 'setTrafficWeight' },
  },
  {
    alert: 'SluiceUnforeseenFailure',
    title: 'failures that somebody foresaw',
    series: { [failures('waitUntilReady', 'NotReady')]: '0+5x60' },
    at: '10m',
    fires: null,
  },
  {
    alert: 'SluicePlatformUnavailable',
    title: 'attempt after attempt for ten minutes',
    series: { [failures('restoreStable', 'Unavailable')]: '0+5x80' },
    at: '15m',
    fires: { activity: 'restoreStable' },
  },
  {
    alert: 'SluicePlatformUnavailable',
    title: 'a platform that was away for a moment',
    series: { [failures('restoreStable', 'Unavailable')]: '0x20 20x80' },
    at: '15m',
    fires: null,
  },
  {
    alert: 'SluiceMetricsUnreadable',
    title: 'two of three reads that fail',
    series: { [reads('failed')]: '0+20x80', [reads('asked')]: '0+10x80' },
    at: '15m',
    fires: { source: 'prometheus' },
  },
  {
    alert: 'SluiceMetricsUnreadable',
    title: 'few failures among many reads, most of them shared',
    series: {
      [reads('failed')]: '0+1x80',
      [reads('asked')]: '0+10x80',
      [reads('kept')]: '0+90x80',
    },
    at: '15m',
    fires: null,
  },
  {
    alert: 'SluiceMetricsOverBudget',
    title: 'looks that are missed all the time',
    series: { [reads('overBudget')]: '0+6x120' },
    at: '25m',
    fires: { source: 'prometheus' },
  },
  {
    alert: 'SluiceMetricsOverBudget',
    title: 'a few missed looks',
    series: { [reads('overBudget')]: '0x40 9x120' },
    at: '25m',
    fires: null,
  },
  {
    alert: 'SluiceScrapeIncomplete',
    title: 'lists that one worker cannot read',
    series: {
      'sluice_scrape_error{source="visibility", instance="a"}': '1x40',
      'sluice_scrape_error{source="visibility", instance="b"}': '0x40',
    },
    at: '8m',
    fires: { source: 'visibility' },
  },
  {
    alert: 'SluiceScrapeIncomplete',
    title: 'one scrape that was short',
    series: { 'sluice_scrape_error{source="visibility"}': '0x10 1 0x30' },
    at: '8m',
    fires: null,
  },
  {
    alert: 'SluiceScrapeIncomplete',
    title: 'a ledger that does not answer, which has an alert of its own',
    series: { 'sluice_scrape_error{source="ledger"}': '1x40' },
    at: '8m',
    fires: null,
  },
  {
    alert: 'SluiceLedgerUnavailable',
    title: 'a ledger that one worker cannot read',
    series: {
      'sluice_scrape_error{source="ledger", instance="a"}': '0x4 1x40',
      'sluice_scrape_error{source="ledger", instance="b"}': '0x44',
    },
    at: '5m',
    fires: {},
  },
  {
    alert: 'SluiceLedgerUnavailable',
    title: 'one scrape without it, and another source that fails',
    series: {
      'sluice_scrape_error{source="ledger"}': '0x10 1 0x30',
      'sluice_scrape_error{source="visibility"}': '1x41',
    },
    at: '8m',
    fires: null,
  },
  {
    alert: 'SluiceLedgerRowsGone',
    title: 'a new chain after a minute without any answer',
    series: { 'sluice_ledger_rows{project="shop", instance="a"}': '120+1x10 _x4 3+1x20' },
    at: '6m',
    fires: { project: 'shop' },
  },
  {
    alert: 'SluiceLedgerRowsGone',
    title: 'a ledger that grows, is away, and goes on',
    series: { 'sluice_ledger_rows{project="shop", instance="a"}': '120+1x10 _x4 135+1x20' },
    at: '6m',
    fires: null,
  },
  {
    alert: 'SluiceNoWorker',
    title: 'workers that are gone',
    series: { 'sluice_commands_total{command="pause", accepted="true"}': '1x4 _x60' },
    at: '15m',
    fires: {},
  },
  {
    alert: 'SluiceNoWorker',
    title: 'a worker that was started again',
    series: { 'sluice_commands_total{command="pause", accepted="true"}': '1x20 _x8 0x60' },
    at: '15m',
    fires: null,
  },
  {
    alert: 'SluiceQueueAbandoned',
    title: 'a queue whose workers are gone, beside one that is polled',
    series: {
      [pollers('actuate-eu', 'a')]: '5x20 _x40',
      [pollers('watch', 'a')]: '5x60',
    },
    at: '14m',
    fires: { task_queue: 'actuate-eu' },
  },
  {
    alert: 'SluiceQueueAbandoned',
    title: 'a queue whose worker says that it polls no more',
    series: { [pollers('actuate-eu', 'a')]: '5x20 0x40' },
    at: '14m',
    fires: { task_queue: 'actuate-eu' },
  },
  {
    alert: 'SluiceQueueAbandoned',
    title: 'a worker that another one follows',
    series: {
      [pollers('actuate-eu', 'a')]: '5x20 _x40',
      [pollers('actuate-eu', 'b')]: '_x18 5x42',
    },
    at: '14m',
    fires: null,
  },
  {
    alert: 'SluiceWorkflowTasksFail',
    title: 'a version that does not replay',
    series: { [failedTasks('NonDeterminismError')]: '_x8 1x20' },
    at: '3m',
    fires: { task_queue: 'workflows', failure_reason: 'NonDeterminismError' },
  },
  {
    alert: 'SluiceWorkflowTasksFail',
    title: 'a failure of last week',
    series: { [failedTasks('WorkflowError')]: '1x100' },
    at: '20m',
    fires: null,
  },
  {
    alert: 'SluiceWorkflowsWait',
    title: 'workflow tasks that wait for five seconds',
    series: {
      [waits('workflow_task', 'workflows', '1000')]: '0+0x60',
      [waits('workflow_task', 'workflows', '5000')]: '0+10x60',
      [waits('workflow_task', 'workflows', '+Inf')]: '0+10x60',
    },
    at: '14m',
    fires: {},
  },
  {
    alert: 'SluiceWorkflowsWait',
    title: 'workflow tasks that are taken at once',
    series: {
      [waits('workflow_task', 'workflows', '100')]: '0+10x60',
      [waits('workflow_task', 'workflows', '+Inf')]: '0+10x60',
    },
    at: '14m',
    fires: null,
  },
  {
    alert: 'SluiceActivitiesWait',
    title: 'a queue of a platform with too few workers',
    series: {
      [waits('activity', 'actuate-eu', '5000')]: '0+0x60',
      [waits('activity', 'actuate-eu', '10000')]: '0+10x60',
      [waits('activity', 'actuate-eu', '+Inf')]: '0+10x60',
    },
    at: '14m',
    fires: { task_queue: 'actuate-eu' },
  },
  {
    alert: 'SluiceActivitiesWait',
    title: 'the pace of GitHub, which is wanted',
    series: {
      [waits('activity', 'github-creations', '5000')]: '0+0x60',
      [waits('activity', 'github-creations', '+Inf')]: '0+10x60',
    },
    at: '14m',
    fires: null,
  },
  {
    alert: 'SluiceSlotsExhausted',
    title: 'two workers without a slot',
    series: { [slots('a')]: '0x40', [slots('b')]: '0x40' },
    at: '8m',
    fires: { task_queue: 'watch', worker_type: 'ActivityWorker' },
  },
  {
    alert: 'SluiceSlotsExhausted',
    title: 'one that is full beside one that is not',
    series: { [slots('a')]: '0x40', [slots('b')]: '7x40' },
    at: '8m',
    fires: null,
  },
  {
    alert: 'SluiceTemporalRefuses',
    title: 'one request in ten that fails',
    series: { [requests('_failure')]: '0+1x100', [requests('')]: '0+10x100' },
    at: '22m',
    fires: { operation: 'RespondActivityTaskCompleted' },
  },
  {
    alert: 'SluiceTemporalRefuses',
    title: 'one request in a hundred that fails',
    series: { [requests('_failure')]: '0+1x100', [requests('')]: '0+100x100' },
    at: '22m',
    fires: null,
  },
];
