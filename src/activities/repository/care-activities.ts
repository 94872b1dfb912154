/** Says at the code host what has switched itself off, and remembers where sweeps end. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import type { Automation } from '../../domain/repository/automations.js';
import { type SwitchedOff, suspensionIssue } from '../../domain/repository/care.js';
import { checkOf, type RepositoryCheck } from '../../domain/repository/check.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { RepositoryPolicyReading } from '../../domain/repository/policy-reading.js';
import { withMarker } from '../../domain/repository/marker.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { creationOf } from './creation.js';
import { readCare } from './read-care.js';

export function createCareActivities(ports: ActivityPorts) {
  return {
    /** @returns number of the issue */
    async tellSuspension(input: {
      readonly repository: RepositoryKey;
      readonly automation: Automation;
      readonly off: SwitchedOff;
      readonly subject: string;
    }): Promise<number> {
      const { repository, automation, off, subject } = input;
      const marker = `automation-off/${automation}/${off.atMs}`;
      const { title, body } = suspensionIssue(automation, off);
      const issue = { title, body: withMarker(body, marker), labels: [], assignees: [] };
      const made = await codeHostOf(ports).items.createIssue(repository, issue, creationOf(marker));
      const data = { automation, issue: made.number, before: 'on', after: 'off' };
      await recordAct(ports, { subject, reason: off.reason }, 'automationSuspended', data);
      return made.number;
    },

    /** Reads only. */
    async checkCare(input: {
      readonly repository: RepositoryKey;
      readonly reading: RepositoryPolicyReading;
    }): Promise<RepositoryCheck> {
      const { failing } = await readCare(ports, input.repository, 'now');
      return checkOf(input.reading, failing, await webhooksOf(ports));
    },

    async closeSuspension(input: {
      readonly repository: RepositoryKey;
      readonly issue: number;
      readonly subject: string;
    }): Promise<void> {
      const { repository, issue, subject } = input;
      const { items } = codeHostOf(ports);
      const found = await items.readItem(repository, issue);
      const isRepeated = activityInfo().attempt > 1;
      if (found === null || (found.state === 'closed' && !isRepeated)) return;
      if (found.state === 'open') {
        await items.editItem(repository, issue, { state: 'closed', stateReason: 'completed' });
      }
      const data = { issue, before: 'open', after: 'closed' };
      await recordAct(ports, { subject, reason: 'it runs again' }, 'suspensionClosed', data);
    },
  };
}

const anHourMs = 3_600_000;

async function webhooksOf(ports: ActivityPorts): Promise<RepositoryCheck['webhooks']> {
  try {
    const attempts = await codeHostOf(ports).deliveries.listDeliveries(ports.now() - anHourMs);
    const arrived = new Set(
      attempts.flatMap(({ guid, status }) => (status >= 200 && status < 300 ? [guid] : [])),
    );
    const all = new Set(attempts.map(({ guid }) => guid));
    const lastAtMs = attempts.length === 0 ? null : (attempts[0]?.deliveredAtMs ?? null);
    return { arrived: arrived.size, failed: all.size - arrived.size, lastAtMs };
  } catch (error) {
    // A token that may not ask, or an App that has no webhook.
    const isUntold = error instanceof Failure && ['Forbidden', 'NotFound'].includes(error.code);
    if (isUntold) return null;
    throw error;
  }
}
