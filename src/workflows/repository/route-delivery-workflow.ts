/** One delivery of a webhook: whom it concerns hears of it, and what it begins is begun; its id is the delivery's. */
import { isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { automations } from '../../domain/repository/automations.js';
import { whyNotBegun } from '../../domain/repository/may-begin.js';
import type { RepositoryPolicyReading } from '../../domain/repository/policy-reading.js';
import { mayTrigger, wantedReleases } from '../../domain/trigger/match.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import { describeRouting, type RoutedDelivery } from '../../domain/webhook/routed.js';
import { type Route, routesOf } from '../../domain/webhook/routes.js';
import { ask, atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import type { RouteDeliveryInput } from './route-delivery-messages.js';

export async function routeDelivery({ event }: RouteDeliveryInput): Promise<RoutedDelivery> {
  await keepOrLeave(event);
  const routes = routesOf(event);
  // Those that live are told whatever is switched off: it is they who know what to leave.
  const told = await tell(event, routes);
  const asleep = routes.filter(
    ({ workflowId, start }) => start !== null && !told.includes(workflowId),
  );
  const isAsked = asleep.length > 0 || mayTrigger(event);
  const reading = isAsked ? await readPolicy(event) : nothingAsked;
  const [{ begun, left }, releases] = await Promise.all([
    begin(event, asleep, reading),
    trigger(event, reading),
  ]);
  const routed = { told, begun, left, releases };
  setCurrentDetails(describeRouting(event, routed));
  return routed;
}

/** A repository that comes into our care is swept from now on, under its new name where it has one. */
async function keepOrLeave(event: RepositoryEvent): Promise<void> {
  if (event.kind !== 'repository') return;
  const { action, repository, previous } = event;
  const isMoved = action === 'renamed' || action === 'transferred';
  if (isMoved && previous !== null) {
    await ask.keepRepository({ repository: previous, isOurs: false });
  }
  if (isMoved || action === 'added' || action === 'unarchived') {
    await ask.keepRepository({ repository, isOurs: true });
  } else if (['removed', 'deleted', 'archived'].includes(action)) {
    await ask.keepRepository({ repository, isOurs: false });
  }
}

async function tell(event: RepositoryEvent, routes: readonly Route[]): Promise<readonly string[]> {
  if (routes.length === 0) return [];
  const workflowIds = routes.map(({ workflowId }) => workflowId);
  const summary = `tell ${workflowIds.length} workflows`;
  return ask.tellFlows.executeWithOptions({ summary }, [{ event, workflowIds }]);
}

type Reading = Pick<RepositoryPolicyReading, 'policy' | 'off' | 'defaultBranch'>;

const nothingAsked: Reading = { policy: null, off: {}, defaultBranch: '' };

/** Where it may not be read, nothing is begun: the repository is not in our care, or the App lacks a permission. */
async function readPolicy({ repository }: RepositoryEvent): Promise<Reading> {
  try {
    return await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what is on here?' },
      [{ repository }],
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const why = `the policy cannot be read: ${innermostMessage(error)}`;
    return { ...nothingAsked, off: Object.fromEntries(automations.map((each) => [each, why])) };
  }
}

async function begin(
  event: RepositoryEvent,
  routes: readonly Route[],
  reading: Reading,
): Promise<Pick<RoutedDelivery, 'begun' | 'left'>> {
  const judged = routes.map((route) => ({ route, why: whyNotBegun(route.automation, reading) }));
  const on = judged.flatMap(({ route, why }) => (why === null ? [route] : []));
  const begun = on.map(({ workflowId }) => workflowId);
  if (on.length > 0) {
    const summary = begun.join(', ').slice(0, 200);
    await ask.tellOrBeginFlows.executeWithOptions({ summary }, [{ event, routes: on }]);
  }
  return {
    begun,
    left: judged.flatMap(({ route: { workflowId }, why }) =>
      why === null ? [] : [{ workflowId, why }],
    ),
  };
}

async function trigger(
  event: RepositoryEvent,
  reading: Reading,
): Promise<RoutedDelivery['releases']> {
  const { policy, defaultBranch } = reading;
  if (policy === null || whyNotBegun('triggers', reading) !== null) return [];
  const subject = workflowInfo().workflowId;
  return Promise.all(
    wantedReleases(event, policy.triggers, defaultBranch).map(async (wanted) => {
      const { service } = wanted;
      if ('unfit' in wanted) {
        return { service, version: null, result: 'refused' as const, reason: wanted.unfit };
      }
      const summary = `release ${service}: ${wanted.reason}`.slice(0, 200);
      const { repository } = event;
      return atCodeHost.startTriggered.executeWithOptions({ summary }, [
        { repository, wanted, subject },
      ]);
    }),
  );
}
