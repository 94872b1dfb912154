/** Somebody who triggers releases and does not give up: the same key until a 202 comes, and what a 202 promises is looked up. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { releaseWorkflowId } from '../../src/domain/names.js';

export interface Trigger {
  readonly service: string;
  readonly version: string;
  readonly digest: string;
  readonly isBad: boolean;
  readonly key: string;
}

export interface TriggerDesk {
  /** With an artifact of its own; a bad one fails most of its requests. */
  prepare(service: string, version: string, isBad: boolean): Trigger;
  /** Resolves with the 202. Posted before: the answer must say so. */
  post(trigger: Trigger): Promise<void>;
  /** Triggers that were answered with 202. */
  readonly accepted: ReadonlySet<Trigger>;
  /** How often each status was answered; `none` where the connection broke. */
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** What may be answered while something else of the stack is down. */
const bearable = [503, 504];
const againMs = 250;

export function createTriggerDesk(options: {
  readonly apiUrl: () => string;
  readonly token: string;
  readonly client: Client;
  /** Where artifacts lie, as `<service>-<version>.json`. */
  readonly folder: string;
}): TriggerDesk {
  const accepted = new Set<Trigger>();
  const answers: Record<string, number> = {};
  const faults: string[] = [];

  const ask = async ({ service, version, digest, key }: Trigger) => {
    try {
      const answer = await fetch(`${options.apiUrl()}/v1/releases`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.token}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify({ service, version, digest }),
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch {
      return null;
    }
  };

  return {
    ...{ accepted, answers, faults },
    prepare(service, version, isBad) {
      const text = JSON.stringify({ version, ...(isBad && { errorRate: 0.8 }) });
      writeFileSync(join(options.folder, `${service}-${version}.json`), text);
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      return { service, version, digest, isBad, key: `trigger-${service}-${version}` };
    },
    async post(trigger) {
      const name = `${trigger.service}@${trigger.version}`;
      const wasAccepted = accepted.has(trigger);
      for (;;) {
        const answer = await ask(trigger);
        const said = answer?.status ?? 'none';
        answers[said] = (answers[said] ?? 0) + 1;
        if (answer?.status === 202) {
          const location = answer.headers.get('location');
          if (location !== `/v1/releases/${trigger.service}/${trigger.version}`)
            faults.push(`${name}: 202 for ${location}`);
          if (wasAccepted && answer.headers.get('idempotency-replayed') !== 'true')
            faults.push(`${name}: its key was not known any more`);
          break;
        }
        if (answer !== null && !bearable.includes(answer.status)) {
          faults.push(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
          return;
        }
        await sleep(againMs);
      }
      const found = await memoOf(options.client, releaseWorkflowId(trigger));
      if (found?.digest !== trigger.digest)
        faults.push(`${name}: 202, but Temporal has ${JSON.stringify(found)}`);
      accepted.add(trigger);
    },
  };
}

/** What Temporal keeps beside the release, whenever it is there to say so; null: there is no such release. */
async function memoOf(client: Client, workflowId: string): Promise<{ digest?: string } | null> {
  for (;;) {
    try {
      const { memo } = await client.workflow.getHandle(workflowId).describe();
      return memo ?? {};
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      await sleep(againMs);
    }
  }
}
