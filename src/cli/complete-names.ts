/** What there is, offered at Tab: services, targets, releases and their versions, as the API knows them. */
import type { RootCommand } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { createApiClient } from './client.js';
import { type ConnectionFlags, resolveConnection } from './connection.js';
import type { CliIo } from './output.js';

/** A prompt that waits longer is worse than one that offers less. */
const patienceMs = 700;

interface KnownNames {
  readonly services: readonly string[];
  readonly environments: readonly string[];
  readonly versions: readonly string[];
  /** `checkout/production` */
  readonly targets: readonly string[];
  /** `checkout@1.1.0` */
  readonly releases: readonly string[];
}

/** Those that are typed so far, after `complete --`. */
export function flagsIn(typed: readonly string[]): ConnectionFlags {
  const after = (flag: string): string | undefined => {
    const at = typed.indexOf(flag);
    return at === -1 ? undefined : typed[at + 1];
  };
  const [api, token, dataDir] = [after('--api'), after('--token'), after('--data-dir')];
  return { ...(api && { api }), ...(token && { token }), ...(dataDir && { dataDir }) };
}

/** Null, without a word, when there is no API, no token, or no answer soon. */
export async function readNames(io: CliIo, flags: ConnectionFlags): Promise<KnownNames | null> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const client = createApiClient({
      ...(await resolveConnection(flags, io.env)),
      fetch: (input, init) => io.fetch(input, { ...init, signal }),
    });
    const [targets, releases] = await Promise.all([
      client.listTargets({ limit: '100' }),
      client.listReleases({ limit: '50' }),
    ]);
    return {
      services: distinct([...targets.items, ...releases.items].map(({ service }) => service)),
      environments: distinct(targets.items.map(({ environment }) => environment)),
      versions: distinct(releases.items.map(({ version }) => version)),
      targets: targets.items.map(({ service, environment, region }) =>
        [service, environment, region].filter((part) => part !== null).join('/'),
      ),
      releases: releases.items.map(({ service, version }) => `${service}@${version}`),
    };
  } catch {
    return null;
  }
}

/** Wherever a command takes a reference, by what the text of its argument shows, and after flags that name one thing. */
export function offerNames(completion: RootCommand, program: Command, names: KnownNames): void {
  const byFlag: Readonly<Record<string, readonly string[]>> = {
    service: names.services,
    environment: names.environments,
    version: names.versions,
  };
  for (const command of program.commands) {
    const completed = completion.commands.get(command.name());
    for (const described of command.registeredArguments) {
      const { description } = described;
      const name = described.name();
      const argument = completed?.arguments.get(name);
      if (argument === undefined) continue;
      const offered = [
        // What is to be released has a version that is not there yet.
        ...(name === 'release' ? names.services.map((service) => `${service}@`) : []),
        ...(name === 'reference' && description.includes('@') ? names.releases : []),
        ...(description.includes('/') ? names.targets : []),
      ];
      argument.handler ??= (offer) => offered.forEach((value) => offer(value, ''));
    }
    for (const [flag, values] of Object.entries(byFlag)) {
      const option = completed?.options.get(flag);
      if (option !== undefined)
        option.handler = (offer) => values.forEach((value) => offer(value, ''));
    }
  }
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
