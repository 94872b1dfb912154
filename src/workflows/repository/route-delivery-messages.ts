/** The input of the workflow that hands on one delivery. */
import type { RepositoryEvent } from '../../domain/webhook/event.js';

export interface RouteDeliveryInput {
  readonly event: RepositoryEvent;
}
