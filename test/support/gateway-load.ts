/** Load straight on the bed's gateway: the host says which route, and the body which version answered. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetKey } from '../../src/domain/names.js';
import { gateway } from '../bed/bed.js';
import type { LoadOptions } from './load-account.js';
import { checkoutRevision } from './platform-under-test.js';

/** Those that a test published itself go by their version. */
const isKnown = (version: string) =>
  existsSync(
    join(import.meta.dirname, `../../examples/checkout/artifacts/checkout-${version}.json`),
  );

export function gatewayLoad(
  namespace: string,
  { service, environment }: TargetKey,
): { readonly url: string; readonly options: LoadOptions } {
  return {
    url: `${gateway.url}/`,
    options: {
      host: `${service}-${environment}.${namespace}.test`,
      revisionIn(text) {
        const version = /"version":"([^"]+)"/.exec(text)?.[1];
        if (version === undefined) return null;
        return isKnown(version) ? checkoutRevision(version).name : version;
      },
    },
  };
}
