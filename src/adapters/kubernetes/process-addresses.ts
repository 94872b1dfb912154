/** Every process behind a URL: a name that resolves to several addresses stands for as many. */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

export interface ProcessAddress {
  readonly address: string;
  readonly family: number;
}

export type ResolveName = (host: string) => Promise<readonly ProcessAddress[]>;

export const resolveBySystem: ResolveName = (host) => lookup(host, { all: true });

/**
 * Empty where the name stands for one process: with one address of a family, a second family leads to the same.
 * Several addresses are taken of one family only, since pods have one of each.
 */
export function processesOf(found: readonly ProcessAddress[]): readonly ProcessAddress[] {
  const four = found.filter(({ family }) => family === 4);
  const six = found.filter(({ family }) => family === 6);
  const most = six.length > four.length ? six : four;
  return most.length > 1 ? most : [];
}

/** Connects to this address whatever the name resolves to. */
export function alwaysAt({ address, family }: ProcessAddress): LookupFunction {
  return (_host, options, answer) => {
    if (options.all) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}
