/** One delivery of a webhook: whom it concerns hears of it, and what it begins is begun; its id is the delivery's. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import { describeRouting, type RoutedDelivery } from '../../domain/webhook/routed.js';
import { type Route, routesOf } from '../../domain/webhook/routes.js';
import { ask, atCodeHost } from '../activity-options.js';
import type { RouteDeliveryInput } from './route-delivery-messages.js';

export async function routeDelivery({ event }: RouteDeliveryInput): Promise<RoutedDelivery> {
  const routes = routesOf(event);
  // Those that live are told whatever is switched off: it is they who know what to leave.
  const told = await tell(event, routes);
  const asleep = routes.filter(
    ({ workflowId, start }) => start !== null && !told.includes(workflowId),
  );
  const routed = { told, ...(await begin(event, asleep)) };
  setCurrentDetails(describeRouting(event, routed));
  return routed;
}

async function tell(event: RepositoryEvent, routes: readonly Route[]): Promise<readonly string[]> {
  if (routes.length === 0) return [];
  const workflowIds = routes.map(({ workflowId }) => workflowId);
  const summary = `tell ${workflowIds.length} workflows`;
  return ask.tellFlows.executeWithOptions({ summary }, [{ event, workflowIds }]);
}

async function begin(
  event: RepositoryEvent,
  routes: readonly Route[],
): Promise<Pick<RoutedDelivery, 'begun' | 'left'>> {
  if (routes.length === 0) return { begun: [], left: [] };
  const { off } = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what is on here?' },
    [{ repository: event.repository }],
  );
  const on = routes.filter(({ automation }) => off[automation] === undefined);
  if (on.length > 0) {
    const summary = on.map(({ workflowId }) => workflowId).join(', ');
    await ask.tellOrBeginFlows.executeWithOptions({ summary }, [{ event, routes: on }]);
  }
  return {
    begun: on.map(({ workflowId }) => workflowId),
    left: routes.flatMap(({ workflowId, automation }) => {
      const why = off[automation];
      return why === undefined ? [] : [{ workflowId, why }];
    }),
  };
}
