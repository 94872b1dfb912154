/** Types into the Temporal UI: one JSON payload, as a person wrote it. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

/** Null: the field was left empty. */
type Typed = string | null;

const by = { actor: 'ann', reason: 'because' };

/** No command at all takes these. */
export const malformed: readonly Typed[] = [
  ...[null, 'null', 'true', '42', '"abort"', '[]', '{}', JSON.stringify([by])],
  ...['{"actor":"ann"}', '{"reason":"because"}', '{"actor":"","reason":"because"}'],
  ...['{"actor":"ann","reason":"  "}', '{"actor":7,"reason":"because"}'],
  ...['{"actor":"ann","reason":{"a":1}}', '{"actor":["ann"],"reason":null}'],
  ...['{"actor":"ann"', 'actor: ann', '\u0000'],
];

const payloadOf = (typed: Typed) =>
  typed === null
    ? []
    : [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(typed) }];

export function createTypist(client: Client) {
  return {
    /** Null when it was accepted and done, else why not, as `code: message`. */
    async send(workflowId: string, name: string, typed: Typed): Promise<string | null> {
      const press = () =>
        client.withDeadline(Date.now() + 5_000, () =>
          client.workflowService.updateWorkflowExecution({
            namespace: 'default',
            workflowExecution: { workflowId },
            waitPolicy: { lifecycleStage: 3 },
            request: {
              meta: { updateId: randomUUID(), identity: 'somebody at the UI' },
              input: { name, args: { payloads: payloadOf(typed) } },
            },
          }),
        );
      const { outcome } = await press().catch((error: Error) => {
        // Something else happened to the workflow in that moment: a person presses again.
        if (!/FAILED_PRECONDITION: Unable to perform/.test(error.message)) throw error;
        return press();
      });
      const failure = outcome?.failure?.cause ?? outcome?.failure;
      if (!failure) return null;
      return `${failure.applicationFailureInfo?.type}: ${failure.message}`;
    },
    /** What the query answers, parsed. */
    async ask(workflowId: string, queryType: string, typed: Typed): Promise<unknown> {
      const { queryResult } = await client.workflowService.queryWorkflow({
        namespace: 'default',
        execution: { workflowId },
        query: { queryType, queryArgs: { payloads: payloadOf(typed) } },
      });
      const [payload] = queryResult?.payloads ?? [];
      return JSON.parse(Buffer.from(payload?.data ?? []).toString());
    },
  };
}
