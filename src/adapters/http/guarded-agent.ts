/** An HTTP agent whose connections are checked where they are made, so that no name can lead elsewhere meanwhile. */
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { type AddressClass, classifyAddress } from './address-rules.js';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host name. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

export const resolveBySystem: ResolveHost = (host) => systemLookup(host, { all: true });

/** Thrown out of the connection attempt; no connection was made. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`${host} resolves to an address that may not be called`);
    this.name = 'AddressRefused';
  }
}

const maxBodyBytes = 1024 * 1024;

export interface AgentExtras {
  readonly maxBodyBytes?: number;
  /** Texts in PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Refuses a host when any of its addresses is refused: a name that points both ways is not to be trusted. */
export function createGuardedAgent(
  resolve: ResolveHost,
  mayConnect: (kind: AddressClass, address: string) => boolean,
  timeoutMs: number,
  extras: AgentExtras = {},
): Agent {
  const lookup: LookupFunction = (host, options, answer) => {
    resolve(host).then(
      (found) => {
        const [first] = found;
        const isRefused = found.some(
          ({ address }) => !mayConnect(classifyAddress(address), address),
        );
        if (!first || isRefused) answer(new AddressRefused(host), '', 0);
        else if (options.all) answer(null, [...found]);
        else answer(null, first.address, first.family);
      },
      (error: Error) => answer(error, '', 0),
    );
  };
  return new Agent({
    connect: { lookup, timeout: timeoutMs, ...extras.tls },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: extras.maxBodyBytes ?? maxBodyBytes,
    pipelining: 1,
  });
}
