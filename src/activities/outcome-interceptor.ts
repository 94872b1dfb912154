/** Tells a repository's own workflow which of its automations cannot do their work, and which can again. */
import { activityInfo } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { Failure } from '../domain/failures.js';
import type { Automation } from '../domain/repository/automations.js';
import { type AutomationOutcome, streakKey } from '../domain/repository/care.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { signalNames, workflowTypes } from '../domain/wire-names.js';
import { type ActivityPorts, flowsOf } from './ports.js';
import { readCare } from './repository/read-care.js';

const automationOf: Readonly<Record<string, Automation>> = {
  [workflowTypes.checkPull]: 'pullChecks',
  [workflowTypes.retireBranch]: 'staleBranches',
  [workflowTypes.sweepBranches]: 'staleBranches',
  [workflowTypes.sweepItems]: 'staleItems',
  [workflowTypes.watchItem]: 'staleItems',
  [workflowTypes.mergePulls]: 'autoMerge',
  [workflowTypes.followIssue]: 'issueLifecycle',
  [workflowTypes.syncIssues]: 'issueSync',
  [workflowTypes.protectBranches]: 'protection',
  [workflowTypes.mirrorRelease]: 'deployments',
  [workflowTypes.mirrorRollout]: 'deployments',
  [workflowTypes.answerDeployment]: 'deployments',
};

/** Bugs are tried for ever; an outage or a race is over by then. */
const bugAfterAttempts = 3;

export function createOutcomeInterceptor(ports: ActivityPorts): () => ActivityInterceptors {
  return () => ({
    inbound: {
      async execute(input, next) {
        const asked = askedBy(input.args[0]);
        if (asked === null || ports.flows === undefined) return next(input);
        try {
          const result = await next(input);
          await tell(ports, asked, null);
          return result;
        } catch (error) {
          if (isOurs(error)) await tell(ports, asked, error);
          throw error;
        }
      },
    },
  });
}

interface Asked {
  readonly repository: RepositoryKey;
  readonly automation: Automation;
  readonly activity: string;
}

function askedBy(argument: unknown): Asked | null {
  const { workflowType, activityType } = activityInfo();
  const automation = workflowType === undefined ? undefined : automationOf[workflowType];
  if (automation === undefined || typeof argument !== 'object' || argument === null) return null;
  const { repository } = argument as { repository?: RepositoryKey };
  if (typeof repository?.owner !== 'string' || typeof repository.name !== 'string') return null;
  return { repository, automation, activity: activityType };
}

/** What will not mend itself: a permission, our own request, a bug. Races, limits and outages are everyday. */
function isOurs(error: unknown): boolean {
  if (error instanceof Failure) {
    return ['Forbidden', 'InvalidInput', 'Unauthenticated'].includes(error.code);
  }
  const isBug = error instanceof TypeError || error instanceof RangeError;
  return isBug && activityInfo().attempt >= bugAfterAttempts;
}

/** Success is only worth a word where there was none before. Never in the way of the activity itself. */
async function tell(ports: ActivityPorts, asked: Asked, error: unknown): Promise<void> {
  const { repository, automation, activity } = asked;
  try {
    if (error === null && !(await isFailing(ports, asked))) return;
    const reason = error instanceof Error ? error.message.slice(0, 300) : '';
    const outcome: AutomationOutcome = { automation, activity, ok: error === null, reason };
    await flowsOf(ports).tellOrBegin(
      repositoryWorkflowId('repository', repository),
      {
        workflowType: workflowTypes.ownRepository,
        input: { repository, carried: null },
        summary: `care of ${repositoryPath(repository)}`,
        repository: repositoryPath(repository),
      },
      signalNames.automationOutcome,
      outcome,
    );
  } catch {
    // Counted the next time.
  }
}

async function isFailing(ports: ActivityPorts, asked: Asked): Promise<boolean> {
  const { failing } = await readCare(ports, asked.repository, 'lately');
  return failing.includes(streakKey(asked));
}
