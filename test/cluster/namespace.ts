/** The namespace that Sluice needs on a Temporal cluster, made as an administrator makes it, as soon as the cluster can. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { searchAttributes } from '../../src/workflows/search-attributes.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const valueTypes: Readonly<Record<string, number>> = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
};
const withinMs = 120_000;

/** @param admin of a token over everything; roles find each other within seconds of their start, until then some of it is refused */
export async function makeNamespace(admin: ConnectionOptions, namespace: string): Promise<void> {
  const connection = await untilDone(() => Connection.connect(admin));
  const typed = searchAttributes.map(({ name, type }) => [name, valueTypes[type]]);
  const wanted = Object.fromEntries(typed);
  try {
    await untilDone(() =>
      connection.workflowService
        .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
        .catch(unlessThere),
    );
    await untilDone(() =>
      connection.operatorService
        .addSearchAttributes({ namespace, searchAttributes: wanted })
        .catch(unlessThere),
    );
    await untilDone(async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace,
      });
      if (!searchAttributes.every(({ name }) => Object.hasOwn(customAttributes, name)))
        throw new Error('not all search attributes are known yet');
    });
  } finally {
    await connection.close();
  }
}

function unlessThere(error: Error): void {
  if (!/already/i.test(error.message)) throw error;
}

async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (const untilMs = Date.now() + withinMs; ; await sleep(200)) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
  }
}
