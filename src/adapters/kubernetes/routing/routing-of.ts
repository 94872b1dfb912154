/** Which routing stands behind which kind of router in the configuration. */
import { grpcRouting, httpRouting } from './http-route.js';
import { replicaShareRouting } from './replica-share.js';
import type { Routing } from './routing.js';
import { serviceSelectorRouting } from './service-selector.js';

/** Routers whose route is the Service itself name no other object. */
export type RoutingOptions =
  | { readonly kind: 'service-selector' | 'replica-share' }
  | {
      readonly kind: 'gateway-api';
      readonly routeKind: 'HTTPRoute' | 'GRPCRoute';
      /** Name of the object that divides the traffic; `{service}`, `{environment}` and `{region}` stand for the target's. */
      readonly route: string;
    };

export function routingOf(options: RoutingOptions): Routing {
  switch (options.kind) {
    case 'service-selector':
      return serviceSelectorRouting;
    case 'replica-share':
      return replicaShareRouting;
    case 'gateway-api':
      return options.routeKind === 'GRPCRoute' ? grpcRouting : httpRouting;
  }
}
