/** Every kind of router under faults and races: what a write opens, what a rollback asks for, and who has the last word. */
import assert from 'node:assert/strict';
import { routerKinds } from '../../support/router-kinds.js';
import { rollBack, runSchedule } from '../../support/routing-schedule.js';

const schedules = process.env['SLUICE_TEST_FULL'] ? 200 : 50;
const seed = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe(`routers under ${schedules} fault schedules each (SLUICE_TEST_SEED=${seed})`, function () {
  this.timeout(120_000);
  for (const [name, kind] of Object.entries(routerKinds)) {
    it(`${name}: give nothing to what is not ready or not in the split, and end at the latest decision`, async () => {
      for (let n = 0; n < schedules; n += 1) await runSchedule(kind, seed + n);
    });
  }
});

/** Schedules that failed once, by the kind of router. */
const found: readonly (readonly [string, number, string])[] = [
  ['ingress-nginx', 340_108_698, 'a canary left behind that the way back would uncover'],
  ['ingress-nginx', 340_106_832, 'one that the next candidate would uncover'],
  [
    'ingress-nginx',
    340_107_364,
    'a late writer that removes one after a newer one turned the route',
  ],
  ['traefik-service', 82_230_726, 'testers of another candidate, who look like those wanted'],
];

describe('routers under schedules that failed once', () => {
  for (const [name, of, what] of found) {
    it(`${name}: ${what} (${of})`, () => runSchedule(routerKinds[name] ?? assert.fail(), of));
  }
});

/** The first write is the route's; before it only objects of the split are read, and names. */
const rollbacks: Readonly<Record<string, string>> = {
  HTTPRoute: 'get HTTPRoute, list Deployment, patch HTTPRoute',
  GRPCRoute: 'get GRPCRoute, list Deployment, patch GRPCRoute',
  'service-selector': 'get Service × 3, list Deployment, patch Service',
  'replica-share': 'get Service × 3, list Deployment, patch Service',
  istio:
    'get VirtualService, get DestinationRule × 3, list Deployment, patch VirtualService, ' +
    'get DestinationRule × 3, patch DestinationRule, delete DestinationRule',
  'ingress-nginx': 'get Ingress × 2, list Deployment, patch Ingress, get Ingress, delete Ingress',
  'aws-alb': 'get Ingress, list Deployment, patch Ingress',
  'traefik-service':
    'get TraefikService, get IngressRoute, list Deployment, patch TraefikService, ' +
    'get IngressRoute, patch IngressRoute',
};

/** From copies: the same, and what copied goes last. */
const fromCopies: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['HTTPRoute', 'GRPCRoute', 'istio'].map((name) => [name, rollbacks[name] ?? '']),
  ),
  'traefik-service':
    'get TraefikService, get IngressRoute, get TraefikService, list Deployment, ' +
    'patch TraefikService, get IngressRoute, get TraefikService, patch IngressRoute, ' +
    'delete TraefikService',
};

/** @example told(['get A', 'get A', 'patch B']) === 'get A × 2, patch B' */
function told(requests: readonly string[]): string {
  const runs: [string, number][] = [];
  for (const request of requests) {
    const last = runs.at(-1);
    if (last?.[0] === request) last[1] += 1;
    else runs.push([request, 1]);
  }
  return runs
    .map(([request, count]) => (count === 1 ? request : `${request} × ${count}`))
    .join(', ');
}

describe('a rollback asks for nothing but the route, what stands beside it and names', () => {
  for (const [name, kind] of Object.entries(routerKinds)) {
    it(`on ${name}`, async () => {
      assert.equal(told(await rollBack(kind)), rollbacks[name]);
    });
    if (!kind.takesMirrors) continue;
    it(`on ${name}, where requests were copied`, async () => {
      assert.equal(told(await rollBack(kind, true)), fromCopies[name]);
    });
  }
});
