/** Probes of Temporal: the server and its version, the namespace, search attributes, schedules, and who polls. */
import { gte, valid } from 'semver';
import { reconcileScheduleId, taskQueues } from '../../domain/wire-names.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type Examined, fault, ok, type TemporalFacts, warning } from './finding.js';

export async function probeTemporal(examined: Examined): Promise<readonly Finding[]> {
  return judgeTemporal(await examined.tools.readTemporal(examined));
}

const oldestServer = '1.30.0';
const fewestDays = 1;

export function judgeTemporal(facts: TemporalFacts): readonly Finding[] {
  const { address, namespace, serverVersion, retentionDays, missingAttributes } = facts;
  if (serverVersion === null) {
    const next = 'sluice up, or name the right one: export TEMPORAL_ADDRESS=<host:port>';
    return [fault('temporal', `nobody answers at ${address}`, next)];
  }
  if (retentionDays === null) {
    const make = `temporal operator namespace create --namespace ${namespace}`;
    return [
      versionFinding(serverVersion),
      fault('namespace', `there is no ${namespace} at ${address}`, make),
    ];
  }
  const days = `${Number(retentionDays.toFixed(1))} days`;
  return [
    ok('temporal', address),
    versionFinding(serverVersion),
    retentionDays < fewestDays
      ? warning(
          'namespace',
          `${namespace} keeps ended releases for ${days}`,
          `temporal operator namespace update --retention 30d --namespace ${namespace}`,
        )
      : ok('namespace', `${namespace} keeps ended releases for ${days}`),
    attributesFinding(missingAttributes, facts),
    ...[...facts.pollers].map(([queue, polling]) => pollersFinding(queue, polling)),
    scheduleFinding(facts.reconciling),
  ];
}

function versionFinding(serverVersion: string): Finding {
  const subject = 'temporal version';
  // Clouds tell of no version.
  if (!valid(serverVersion)) return ok(subject, serverVersion || 'not told');
  return gte(serverVersion, oldestServer)
    ? ok(subject, serverVersion)
    : fault(subject, `${serverVersion}, ${oldestServer} is needed`, 'upgrade the server');
}

function attributesFinding(
  missing: readonly string[] | null,
  { address, namespace }: TemporalFacts,
): Finding {
  const subject = 'search attributes';
  const next = `TEMPORAL_ADDRESS=${address} TEMPORAL_NAMESPACE=${namespace} deploy/search-attributes.sh`;
  if (missing === null) return warning(subject, 'this user may not list them', next);
  return missing.length === 0
    ? ok(subject, 'all are there')
    : fault(subject, `missing: ${missing.join(', ')}`, next);
}

function pollersFinding(
  queue: string,
  { workflows, activities }: { readonly workflows: number; readonly activities: number },
): Finding {
  const subject = `workers of ${queue}`;
  const isServed = activities > 0 && (queue !== taskQueues.workflows || workflows > 0);
  return isServed
    ? ok(subject, `${Math.max(workflows, activities)} poll it`)
    : fault(
        subject,
        'nobody polls it',
        `start a worker that polls it (SLUICE_TASK_QUEUES), or sluice up`,
      );
}

function scheduleFinding(reconciling: TemporalFacts['reconciling']): Finding {
  const subject = 'reconciler';
  const toggle = `temporal schedule toggle --unpause --schedule-id ${reconcileScheduleId}`;
  if (reconciling === 'runs') return ok(subject, 'it looks every minute');
  return reconciling === 'paused'
    ? warning(subject, 'an operator paused it: nothing repairs what a terminate leaves', toggle)
    : fault(subject, 'its schedule is not there', 'start a worker: it makes the schedule');
}
