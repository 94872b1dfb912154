/** What releases ask of targets, and what must be known before an approval counts. */
import type { ApproveCommand } from '../domain/command.js';
import { releaseWorkflowId, type ReleaseKey, type TargetKey } from '../domain/names.js';
import type { RollBackCommand, RolloutReceipt, RolloutRequest } from '../domain/rollout/request.js';
import type { TargetView } from '../domain/target/view.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import type { TicketCheck } from '../ports/approval-ticket.js';
import type { RolloutStatus } from '../ports/orchestrator.js';
import type { ActivityPorts } from './ports.js';

export function createReleaseActivities(ports: ActivityPorts) {
  const { orchestrator, tickets, ledger } = ports;
  return {
    /** @throws TargetLocked, SameDigestRunning, DigestMismatch, OlderVersion, TargetBusy */
    async requestRollout(input: {
      readonly target: TargetKey;
      readonly platform: string;
      readonly request: RolloutRequest;
    }): Promise<RolloutReceipt> {
      return orchestrator.requestRollout(input.target, input.platform, input.request);
    },

    /** Asks the target to go back to what ran before. @throws CommandRejected when there is nothing to go back to */
    async requestRollBack(input: {
      readonly target: TargetKey;
      readonly platform: string;
      readonly command: RollBackCommand;
      readonly requestId: string;
    }): Promise<RolloutReceipt> {
      return orchestrator.rollBackTarget(
        input.target,
        input.platform,
        input.command,
        input.requestId,
      );
    },

    async readTarget(target: TargetKey): Promise<TargetView | null> {
      return orchestrator.readTarget(target);
    },

    async readRollout(rolloutId: string): Promise<RolloutStatus> {
      return orchestrator.readRollout(rolloutId);
    },

    /** Whether the API issued the ticket for exactly this release, environment and person, and it still counts. */
    async verifyApproval(input: {
      readonly release: ReleaseKey;
      readonly command: ApproveCommand;
    }): Promise<TicketCheck> {
      const { environment, actor, ticket } = input.command;
      if (ticket === null) return { valid: false, reason: 'it carries no ticket of the API' };
      return tickets.verify(ticket, {
        releaseId: releaseWorkflowId(input.release),
        environment,
        actor,
      });
    },

    async recordEvents(events: readonly LedgerEvent[]): Promise<void> {
      await ledger.append(events);
    },
  };
}
