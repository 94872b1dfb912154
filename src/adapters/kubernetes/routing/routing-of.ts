/** Which routing stands behind which kind of router in the configuration. */
import { awsAlbRouting } from './aws-alb.js';
import { type GatewayOptions, gatewayRouting } from './http-route.js';
import { ingressNginxRouting } from './ingress-nginx.js';
import { type IstioOptions, istioRouting } from './istio.js';
import { replicaShareRouting } from './replica-share.js';
import type { Routing } from './routing.js';
import { serviceSelectorRouting } from './service-selector.js';
import { type TraefikOptions, traefikRouting } from './traefik-service.js';

interface Routed {
  /** Name of the object that divides the traffic; `{service}`, `{environment}` and `{region}` stand for the target's. */
  readonly route: string;
}

/** Routers whose route is the Service itself name no other object. */
export type RoutingOptions =
  | { readonly kind: 'service-selector' | 'replica-share' }
  | (Routed & GatewayOptions & { readonly kind: 'gateway-api' })
  | (Routed & IstioOptions & { readonly kind: 'istio' })
  | (Routed & { readonly kind: 'ingress-nginx' | 'aws-alb' })
  | (Routed & TraefikOptions & { readonly kind: 'traefik-service' });

export function routingOf(options: RoutingOptions): Routing {
  switch (options.kind) {
    case 'service-selector':
      return serviceSelectorRouting;
    case 'replica-share':
      return replicaShareRouting;
    case 'gateway-api':
      return gatewayRouting(options);
    case 'istio':
      return istioRouting(options);
    case 'ingress-nginx':
      return ingressNginxRouting;
    case 'aws-alb':
      return awsAlbRouting;
    case 'traefik-service':
      return traefikRouting(options);
  }
}
