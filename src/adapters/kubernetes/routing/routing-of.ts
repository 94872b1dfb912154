/** Which routing stands behind which kind of router in the configuration. */
import { grpcRouting, httpRouting } from './http-route.js';
import type { Routing } from './routing.js';

export type RoutingOptions = {
  readonly kind: 'gateway-api';
  readonly routeKind: 'HTTPRoute' | 'GRPCRoute';
  /** Name of the object that divides the traffic; `{service}`, `{environment}` and `{region}` stand for the target's. */
  readonly route: string;
};

export function routingOf(options: RoutingOptions): Routing {
  switch (options.kind) {
    case 'gateway-api':
      return options.routeKind === 'GRPCRoute' ? grpcRouting : httpRouting;
  }
}
