/** A release at a fixed time, as the policy of the repository still wants it. Started by a schedule. */
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { TriggerOutcome } from '../../activities/repository/trigger-activities.js';
import { whyNotBegun } from '../../domain/repository/may-begin.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { releaseTimes, type ScheduledRelease, wantedAt } from '../../domain/trigger/times.js';
import { atCodeHost } from '../activity-options.js';

export async function releaseBySchedule(input: ScheduledRelease): Promise<TriggerOutcome> {
  const { repository, trigger } = input;
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'is it still wanted?' },
    [{ repository, maxAgeMs: 0 }],
  );
  const why = whyNotBegun('triggers', reading) ?? withdrawn(input, reading.policy?.triggers ?? []);
  const outcome: TriggerOutcome =
    why !== null
      ? { service: trigger.service, version: null, result: 'refused', reason: why }
      : await atCodeHost.startTriggered.executeWithOptions(
          { summary: `release ${trigger.service} at ${trigger.cron}` },
          [
            {
              repository,
              wanted: wantedAt(input, reading.defaultBranch),
              subject: workflowInfo().workflowId,
            },
          ],
        );
  const { service, version, result, reason } = outcome;
  setCurrentDetails(escapeMarkdown(`${service} ${version ?? ''} ${result}: ${reason}`));
  return outcome;
}

/** The schedule is taken away by the next sweep; until then it does nothing. */
function withdrawn(
  { repository, trigger }: ScheduledRelease,
  triggers: Parameters<typeof releaseTimes>[1],
): string | null {
  const keyOf = (all: typeof triggers) => releaseTimes(repository, all).map(({ key }) => key);
  const [key = ''] = keyOf([trigger]);
  return keyOf(triggers).includes(key) ? null : 'the policy does not want it any more';
}
