/** The Temporal dev server of an embedded stack: how it is started, and when it can be used. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.js';

export const temporalNamespace = 'default';

/** What a namespace must know before a workflow can start in it. */
export const neededAttributes: readonly string[] = searchAttributes.map(({ name }) => name);

/** What the CLI calls the types of search attributes. */
const typeNames: Readonly<Record<string, string>> = {
  KEYWORD: 'Keyword',
  DATETIME: 'Datetime',
  INT: 'Int',
};

const serverSettings = {
  // Timers end when they should and not up to a second later: steps here are short.
  'history.timerProcessorMaxTimeShift': '"10ms"',
  // However much one owner's repositories have to do, another's are served beside it.
  'matching.enableFairness': 'true',
};

/** `databaseFile` null keeps everything in memory. */
export function temporalCommand(options: {
  readonly cli: string;
  readonly port: number;
  readonly uiPort: number;
  readonly databaseFile: string | null;
}): readonly string[] {
  const { cli, port, uiPort, databaseFile } = options;
  return [
    ...[cli, 'server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'],
    ...['--port', String(port), '--ui-port', String(uiPort), '--ui-disable-news-fetch'],
    ...['--namespace', temporalNamespace],
    ...(databaseFile === null ? [] : ['--db-filename', databaseFile]),
    ...searchAttributes.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${typeNames[type] ?? type}`,
    ]),
    ...Object.entries(serverSettings).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
  ];
}

/** Resolves when the namespace answers and knows every search attribute; rejects when aborted. */
export async function temporalIsReady(address: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await knowsAttributes(address)) return;
    await sleep(50, undefined, { signal });
  }
}

async function knowsAttributes(address: string): Promise<boolean> {
  let connection: Connection | null = null;
  try {
    connection = await Connection.connect({ address, connectTimeout: 1000 });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: temporalNamespace,
    });
    return searchAttributes.every(({ name }) => Object.hasOwn(customAttributes, name));
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
