/** Smoke tests of instances and other people's webhook gates over HTTP, kept from reaching where they should not. */
import { type Agent, request } from 'undici';
import type { SmokeTest } from '../../domain/rollout/strategy.js';
import type { Gate, GateAnswer } from '../../ports/gate.js';
import {
  AddressRefused,
  createGuardedAgent,
  type ResolveHost,
  resolveBySystem,
} from './guarded-agent.js';
import { checkSmokeUrl, checkWebhookUrl, mayCall } from './url-rules.js';

export interface HttpGateOptions {
  /** How host names are resolved. Default: by the system. */
  readonly resolve?: ResolveHost;
}

/** No gate waits longer, whatever its configuration says. */
const longestMs = 10_000;

/**
 * Redirects are never followed, bodies never repeated, more than 1 MB never read.
 * A call that is cancelled by its signal throws the signal's reason; everything else is an answer.
 */
export function createHttpGate({ resolve = resolveBySystem }: HttpGateOptions = {}): Gate {
  return {
    async smoke(urls, test, signal) {
      if (urls.length === 0) return failed('there is no instance to check');
      const timeoutMs = Math.min(test.timeoutMs, longestMs);
      // Instances run on this machine or a private network as a rule.
      const agent = createGuardedAgent(resolve, (address) => address !== 'never', timeoutMs);
      try {
        const rounds = urls.map((base) => checkInstance(agent, base, test, timeoutMs, signal));
        const answers = await Promise.all(rounds);
        const checks = `${urls.length * test.requests} checks of ${test.path}`;
        const passed = { passed: true, reason: `${checks} answered ${test.expectStatus}` };
        return answers.find((answer) => !answer.passed) ?? passed;
      } finally {
        await agent.destroy();
      }
    },

    async webhook(gate, question, signal) {
      const checked = checkWebhookUrl(gate);
      if (checked.kind === 'refused') return failed(`gate not asked: ${checked.reason}`);
      const { url } = checked;
      const timeoutMs = Math.min(gate.timeoutMs, longestMs);
      const agent = createGuardedAgent(
        resolve,
        (address) => mayCall(address, gate.allowInsecure),
        timeoutMs,
      );
      try {
        const response = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        // The status is the whole answer: the body is thrown away unread.
        response.body.on('error', () => {}).destroy();
        const { statusCode } = response;
        const isYes = statusCode >= 200 && statusCode <= 202;
        const reason = `${url.host} answered ${statusCode}, expected 200–202`;
        return { passed: isYes, reason };
      } catch (error) {
        signal.throwIfAborted();
        return failed(`${url.host} ${describeTrouble(error, timeoutMs)}, expected 200–202`);
      } finally {
        await agent.destroy();
      }
    },
  };
}

/** One after another, so that an instance meets the check as it would meet a user. */
async function checkInstance(
  agent: Agent,
  base: string,
  test: SmokeTest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const checked = checkSmokeUrl(base, test.path);
  if (checked.kind === 'refused') return failed(`instance not checked: ${checked.reason}`);
  const { url } = checked;
  const where = `${url.host}${test.path}`;
  const expected = `expected ${test.expectStatus}`;
  for (let n = 0; n < test.requests; n++) {
    try {
      const response = await request(url, {
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const { statusCode, body } = response;
      const text = await body.text();
      if (statusCode !== test.expectStatus) {
        return failed(`${where} answered ${statusCode}, ${expected}`);
      }
      if (test.expectBody !== null && !text.includes(test.expectBody)) {
        return failed(`${where} answered ${statusCode} without the expected text in its body`);
      }
    } catch (error) {
      signal.throwIfAborted();
      return failed(`${where} ${describeTrouble(error, timeoutMs)}, ${expected}`);
    }
  }
  return { passed: true, reason: `${where} answered ${test.expectStatus}` };
}

function failed(reason: string): GateAnswer {
  return { passed: false, reason };
}

/** What kept an answer away, without a word that the other side could have chosen. */
function describeTrouble(error: unknown, timeoutMs: number): string {
  if (error instanceof AddressRefused) return 'resolves to an address that gates may not call';
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT'))
    return `did not answer within ${timeoutMs} ms`;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'answered more than 1 MB';
  return `did not answer (${code ?? name ?? 'unknown'})`;
}
