/** Suites that say what kind of cluster they need; where it is another one they are skipped, with the reason in their name. */
import type { Suite } from 'mocha';
import { isForeign } from '../bed/cluster.js';

type Body = (this: Suite) => void;

/** Names of the custom resource definitions that a foreign cluster has; the bed has all. */
const present = new Set((process.env['SLUICE_TEST_DEFINITIONS'] ?? '').split(','));

/** For suites whose pods are processes, or that use the bed's gateway, Prometheus or control plane. */
export function describeOnBed(title: string, body: Body): void {
  const reason = isForeign ? 'it needs pods that run as processes and a gateway of its own' : null;
  describeUnless(reason, title, body);
}

/**
 * For suites that only write objects and read them back, on whatever cluster there is.
 * @param definitions names such as `virtualservices.networking.istio.io`, beside the Gateway API's
 */
export function describeOnCluster(title: string, definitions: readonly string[], body: Body): void {
  const missing = isForeign ? definitions.filter((name) => !present.has(name)) : [];
  const reason = missing.length === 0 ? null : `the cluster has no ${missing.join(', ')}`;
  describeUnless(reason, title, body);
}

function describeUnless(reason: string | null, title: string, body: Body): void {
  if (reason === null) describe(title, body);
  else describe.skip(`${title} (skipped: ${reason})`, body);
}
