/** Requests through the bed's gateway, counted by what answered them. */
import { Agent, get } from 'node:http';
import { gateway } from '../bed/bed.js';

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

export interface Answer {
  readonly status: number;
  /** Of the example service that answered; null when the gateway answered itself. */
  readonly version: string | null;
}

/** @throws when the gateway does not answer at all */
export function ask(host: string, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, headers: { host }, timeout: 10_000 };
    const request = get(new URL(path, gateway.url), options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, version: versionIn(text) });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')));
    request.on('error', reject);
  });
}

/** @returns how many of `count` requests each version answered; anything else is counted as its status */
export async function countAnswers(host: string, count: number): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(host)));
  const counts: Record<string, number> = {};
  for (const { status, version } of answers) {
    const key = version ?? String(status);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function versionIn(text: string): string | null {
  try {
    return (JSON.parse(text) as { version?: string }).version ?? null;
  } catch {
    return null;
  }
}
