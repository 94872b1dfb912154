/** The input of the workflow that hands on one delivery, and what it answers. */
import type { RepositoryEvent } from '../../domain/webhook/event.js';

export interface RouteDeliveryInput {
  readonly event: RepositoryEvent;
}

export interface RoutedDelivery {
  /** Ids of the workflows that heard it. */
  readonly told: readonly string[];
  /** Of those that did not run and were begun with it. */
  readonly begun: readonly string[];
  /** What might have been begun and was not, and why. */
  readonly left: readonly string[];
}
