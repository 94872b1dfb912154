/** One sweep over a repository: what no webhook told is told, and what should live is begun. Started by a schedule. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { whyNotBegun } from '../../domain/repository/may-begin.js';
import { repositoryWorkflowId } from '../../domain/repository/names.js';
import type { RepositoryPolicyReading } from '../../domain/repository/policy-reading.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { wantedReleases } from '../../domain/trigger/match.js';
import { releaseTimes } from '../../domain/trigger/times.js';
import { workflowTypes } from '../../domain/wire-names.js';
import { ask, atCodeHost } from '../activity-options.js';
import { needsAttentionKey } from '../search-attributes.js';
import type { RepositorySweep, SweepRepositoryInput } from './sweep-repository-messages.js';
import { staleSweepId } from './sweep-stale-items-messages.js';

const aDayMs = 86_400_000;
/** Lists of the host may lag, its times are whole seconds, and its clock is another. */
const overlapMs = 60_000;
/** They are looked at by the day, and each look costs a call for a hundred of them. */
const branchesEveryMs = 6 * 3_600_000;

export async function sweepRepository(input: SweepRepositoryInput): Promise<RepositorySweep> {
  const { repository } = input;
  // Kept by the repository's own workflow: a schedule does not hand on the last result to a pass that is asked for.
  const last = (await ask.readLastSweep(repository)) as RepositorySweep | null;
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what is on here?' },
    [{ repository, maxAgeMs: 0 }],
  );
  const delivery = `sweep:${workflowInfo().runId}`;
  const startedAtMs = workflowInfo().startTime.getTime();
  // What changed while the last one listed may have been missing in its list.
  const settledMs = last === null ? 0 : last.startedAtMs - overlapMs;
  const toldUntilMs = last?.untilMs ?? 0;
  const sinceMs = last === null ? startedAtMs - aDayMs : Math.min(toldUntilMs, settledMs);
  const changed = await atCodeHost.tellChangedItems.executeWithOptions(
    { summary: `what changed since ${new Date(sinceMs).toISOString()}?` },
    [
      {
        repository,
        sinceMs,
        toldBeforeMs: Math.min(toldUntilMs + 1, settledMs),
        delivery,
        reading,
      },
    ],
  );
  const { refs, releases } = await triggerMissed(input, last, reading, delivery);
  const times = await setTimes(input, last, reading);
  const branchesDue = Date.now() - (last?.branchesAtMs ?? 0) >= branchesEveryMs;
  const flows = await beginFlows(input, reading, branchesDue);
  const trouble = reading.policy === null ? 'sluice.yaml of the repository has faults' : null;
  const branchesAtMs = branchesDue ? Date.now() : (last?.branchesAtMs ?? 0);
  const sweep = { ...changed, startedAtMs, flows, releases, refs, times, branchesAtMs, trouble };
  await ask.rememberSweep({ repository, sweep });
  show(sweep);
  return sweep;
}

/** Releases of tags and pushes that nobody told of. */
async function triggerMissed(
  { repository }: SweepRepositoryInput,
  last: RepositorySweep | null,
  reading: RepositoryPolicyReading,
  delivery: string,
): Promise<Pick<RepositorySweep, 'refs' | 'releases'>> {
  const { policy, defaultBranch } = reading;
  const triggers = policy?.triggers ?? [];
  const isOn = whyNotBegun('triggers', reading) === null;
  if (!isOn || !triggers.some(({ on }) => on === 'tag' || on === 'push')) {
    return { refs: last?.refs ?? null, releases: [] };
  }
  const known = last?.refs ?? null;
  const { refs, events } = await atCodeHost.findNewRefs.executeWithOptions(
    { summary: 'new tags and moved branches?' },
    [{ repository, known, triggers, defaultBranch, delivery }],
  );
  const subject = workflowInfo().workflowId;
  const releases: string[] = [];
  for (const event of events) {
    for (const wanted of wantedReleases(event, triggers, defaultBranch)) {
      if ('unfit' in wanted) continue;
      const summary = `release ${wanted.service}: ${wanted.reason}`.slice(0, 200);
      const outcome = await atCodeHost.startTriggered.executeWithOptions({ summary }, [
        { repository, wanted, subject },
      ]);
      const { service, version, result, reason } = outcome;
      if (result === 'thereAlready') continue;
      releases.push(`${service}@${version ?? '?'} ${result}: ${reason}`);
    }
  }
  return { refs, releases };
}

/** A policy that cannot be read leaves them as they are: they look for themselves before they start anything. */
async function setTimes(
  { repository }: SweepRepositoryInput,
  last: RepositorySweep | null,
  { policy }: RepositoryPolicyReading,
): Promise<readonly string[]> {
  const known = last?.times ?? [];
  if (policy === null) return known;
  const times = releaseTimes(repository, policy.triggers);
  const keys = times.map(({ key }) => key);
  const isSame = keys.length === known.length && keys.every((key) => known.includes(key));
  if (!isSame) await ask.setReleaseTimes({ repository, times });
  return keys;
}

/** Those that live for as long as the repository is in our care, and the looks that they do not take themselves. */
async function beginFlows(
  { repository }: SweepRepositoryInput,
  reading: RepositoryPolicyReading,
  branchesDue: boolean,
): Promise<readonly string[]> {
  const dryRun = false;
  const wanted = [
    {
      automation: 'staleItems',
      workflowId: staleSweepId(repository),
      workflowType: workflowTypes.sweepItems,
      input: { repository, policies: null, dryRun, once: false, carried: null },
    },
    {
      automation: 'issueSync',
      workflowId: repositoryWorkflowId('issue-sync', repository),
      workflowType: workflowTypes.syncIssues,
      input: { repository, dryRun },
    },
    {
      automation: 'protection',
      workflowId: repositoryWorkflowId('protection', repository),
      workflowType: workflowTypes.protectBranches,
      input: { repository, dryRun },
    },
    ...(branchesDue
      ? ([
          {
            automation: 'staleBranches',
            workflowId: repositoryWorkflowId('repository-sweep', repository, 'stale-branches'),
            workflowType: workflowTypes.sweepBranches,
            input: { repository, dryRun },
          },
        ] as const)
      : []),
  ] as const;
  const begun: string[] = [];
  for (const { automation, workflowId, workflowType, input } of wanted) {
    if (whyNotBegun(automation, reading) !== null) continue;
    const isNew = await ask.beginFlow.executeWithOptions({ summary: `begin ${workflowId}` }, [
      { repository, workflowId, start: { workflowType, input }, summary: 'begun by a sweep' },
    ]);
    if (isNew) begun.push(workflowId);
  }
  return begun;
}

function show({ items, told, begun, flows, releases, trouble }: RepositorySweep): void {
  const summary = `${items} changed, ${told} told, ${begun} begun`;
  const lines = [
    ...flows.map((id) => `- began ${escapeMarkdown(id)}`),
    ...releases.map((release) => `- release ${escapeMarkdown(release)}`),
    ...(trouble === null ? [] : [`- ${escapeMarkdown(trouble)}`]),
  ];
  setCurrentDetails([summary, '', ...lines].join('\n'));
  if (trouble !== null) upsertSearchAttributes([{ key: needsAttentionKey, value: trouble }]);
}
