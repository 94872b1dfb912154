/** Commands to the sync of a repository: what each asks for, and when it is refused. */
import { setHandler } from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
import type { PlannedSync, ResolveSyncCommand } from '../../domain/issue-sync/view.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import type { SyncDesk } from './sync-issues-desk.js';
import {
  abortSyncUpdate,
  approveSyncUpdate,
  pauseSyncUpdate,
  planSyncUpdate,
  resolveSyncUpdate,
  resumeSyncUpdate,
  syncNowUpdate,
} from './sync-issues-messages.js';

/** What is said by a person in place of both sides is kept in the history. */
const longestText = 20_000;
/** Of a deleted file the state is asked: closed (the file's word), or as the issue is, which brings the file back. */
const fields = ['title', 'body', 'milestone', 'state'];

/** Where the answer to "what would you do?" comes from. */
interface Planner {
  planNow(): Promise<PlannedSync>;
}

export function listenForSyncCommands(desk: SyncDesk, planner: Planner): void {
  const may = (name: string, command: Command | undefined): void => {
    requireActorAndReason(command ?? {});
    const commands = desk.commands();
    if (commands.includes(name)) return;
    throw new Failure('CommandRejected', `${name} is not possible while it is ${desk.phase}`, {
      seen: desk.phase,
      next: `possible now: ${commands.join(', ') || 'nothing'}`,
    });
  };
  const take = (name: string, { actor, reason }: Command, message: string): CommandReceipt => {
    desk.records.add(desk.subject, name, { actor, reason });
    desk.tell(`${actor}: ${name} (${reason})`);
    desk.show();
    return { accepted: true, message };
  };
  const example = '{"actor": "ann", "reason": "to see"';

  setHandler(planSyncUpdate, () => planner.planNow(), {
    description: `What would be done now; nothing is written. Example: ${example}}`,
    validator: (command) => rejecting(() => may(planSyncUpdate.name, command)),
  });
  setHandler(
    syncNowUpdate,
    (command) => {
      desk.wake(`asked for by ${command.actor}`, { full: command.full, urgent: true });
      return take(syncNowUpdate.name, command, 'it is looked at now');
    },
    {
      description: `Look now; full: at every issue. Example: ${example}, "full": false}`,
      validator: (command) =>
        rejecting(() => {
          may(syncNowUpdate.name, command);
          if (['boolean', 'undefined'].includes(typeof command.full)) return;
          throw new Failure('InvalidInput', '"full" is not as it must be', {
            ...{ where: 'full', limit: 'true, false or left out' },
          });
        }),
    },
  );
  setHandler(
    approveSyncUpdate,
    (command) => {
      desk.approved = command.digest;
      desk.wake(`approved by ${command.actor}`, { urgent: true });
      return take(approveSyncUpdate.name, command, 'it is done now, if it is still the same plan');
    },
    {
      description: `Carry out the plan with this digest. Example: ${example}, "digest": "…"}`,
      validator: (command) =>
        rejecting(() => {
          may(approveSyncUpdate.name, command);
          if (desk.plan?.digest === command.digest) return;
          throw new Failure('CommandRejected', 'that is not the plan that waits', {
            where: 'digest',
            seen: String(command.digest).slice(0, 80),
            limit: desk.plan?.digest ?? 'none waits',
          });
        }),
    },
  );
  setHandler(
    resolveSyncUpdate,
    (command) => {
      const { issue: number, field, take: side, text, actor } = command;
      const given = desk.noted === null ? {} : { base: desk.noted };
      const answer = { number, field, take: side, text, actor, ...given };
      desk.answers = [...desk.answers, answer];
      desk.wake(`#${number} ${field} resolved by ${actor}`, { urgent: true });
      return take(resolveSyncUpdate.name, command, `${field} of #${number} is settled now`);
    },
    {
      description: `Settle a field of an issue: file, github or text. Example: ${example}, "issue": 12, "field": "title", "take": "file", "text": null}`,
      validator: (command) =>
        rejecting(() => {
          may(resolveSyncUpdate.name, command);
          requireAnswer(command);
        }),
    },
  );
  setHandler(
    pauseSyncUpdate,
    (command) => {
      desk.paused = { actor: command.actor, reason: command.reason };
      desk.isWoken = true;
      desk.isUrgent = true;
      return take(pauseSyncUpdate.name, command, 'nothing is written until it is resumed');
    },
    {
      description: `Write nothing until resumed; a pass that runs ends first. Example: ${example}}`,
      validator: (command) => rejecting(() => may(pauseSyncUpdate.name, command)),
    },
  );
  setHandler(
    abortSyncUpdate,
    (command) => {
      desk.paused = { actor: command.actor, reason: command.reason };
      desk.isWoken = true;
      desk.isUrgent = true;
      desk.stop();
      return take(abortSyncUpdate.name, command, 'the pass stops here; nothing more is written');
    },
    {
      description: `Stop the pass that runs where it is, and write nothing until resumed. Example: ${example}}`,
      validator: (command) => rejecting(() => may(abortSyncUpdate.name, command)),
    },
  );
  setHandler(
    resumeSyncUpdate,
    (command) => {
      desk.paused = null;
      desk.wake(`resumed by ${command.actor}`, { urgent: true });
      return take(resumeSyncUpdate.name, command, 'it goes on');
    },
    {
      description: `Go on after a pause. Example: ${example}}`,
      validator: (command) => rejecting(() => may(resumeSyncUpdate.name, command)),
    },
  );
}

function requireAnswer({ issue, field, take, text }: ResolveSyncCommand): void {
  const refuse = (where: string, limit: string): never => {
    throw new Failure('InvalidInput', `"${where}" is not as it must be`, { where, limit });
  };
  if (!Number.isSafeInteger(issue) || issue < 1) refuse('issue', 'the number of an issue');
  if (!fields.includes(field)) refuse('field', fields.join(', '));
  const sides = field === 'state' ? ['file', 'github'] : ['file', 'github', 'text'];
  if (!sides.includes(take)) refuse('take', sides.join(' or '));
  if (take !== 'text') return;
  if (typeof text !== 'string' || text.length > longestText) {
    refuse('text', `a text of at most ${longestText} characters`);
  }
}
