/** The provider of a Canary as a router of sluice.yaml. */
import type { Field } from './field.js';
import type { Notebook } from './notes.js';
import { type Routed, routed, usualOnly } from './routed.js';

/** Flagger's own provider without a router: it switches, and splits nothing. */
export function splits(spec: Field): boolean {
  return providerOf(spec) !== 'kubernetes';
}

/** `gatewayapi:v1` names a version of it. */
function providerOf(spec: Field): string | undefined {
  return spec.at('provider').text()?.split(':')[0];
}

/** What the Service that users have says itself. */
const ofTheService = ['port', 'portName', 'targetPort', 'appProtocol', 'trafficDistribution'];

/** Their objects carry the name of the Service that users have; an Ingress is named. */
const kinds: Readonly<Record<string, string>> = {
  gatewayapi: 'gateway-api',
  istio: 'istio',
  nginx: 'ingress-nginx',
  traefik: 'traefik-service',
  kubernetes: 'service-selector',
};

export function canaryRouter(spec: Field, target: string, book: Notebook): Routed {
  for (const name of ofTheService) spec.at('service', name).use();
  const backend = spec.at('service', 'name').text() ?? target;
  const provider = spec.at('provider');
  const kind = kinds[providerOf(spec) ?? guessOf(spec)];
  const at = provider.value === undefined ? spec.at('service') : provider;
  if (provider.value === undefined) {
    const why = 'it leaves the provider to the flags of its controller';
    book.fillIn(at, why, `router.kind: ${kind}`);
  } else if (kind === undefined) {
    book.unexpressed(provider, 'it is no router of Sluice', 'a Gateway API route: gateway-api');
  }
  if (kind === 'service-selector') return routed({ kind, backend }, at);
  if (kind === 'ingress-nginx') return nginxRouter(spec.at('ingressRef'), backend, at, book);
  return routed({ kind: kind ?? 'gateway-api', route: backend, backend }, at);
}

function nginxRouter(reference: Field, backend: string, at: Field, book: Notebook): Routed {
  usualOnly(reference.at('apiVersion'), 'networking.k8s.io/v1', book);
  usualOnly(reference.at('kind'), 'Ingress', book);
  return routed({ kind: 'ingress-nginx', route: reference.at('name').text(), backend }, at);
}

/** By what only one provider has. */
function guessOf(spec: Field): string {
  if (spec.at('ingressRef').value !== undefined) return 'nginx';
  return spec.at('service', 'gatewayRefs').value === undefined ? 'istio' : 'gatewayapi';
}
