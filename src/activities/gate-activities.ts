/** Checks before and beside users' traffic: smoke tests of instances, and other people's gates. */
import { cancellationSignal, heartbeat, log, sleep } from '@temporalio/activity';
import type { TargetKey } from '../domain/names.js';
import type { SmokeTest, WebhookGate } from '../domain/rollout/strategy.js';
import type { GateAnswer } from '../ports/gate.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { recordAct } from './record.js';

export interface RunSmokeTest {
  readonly subject: string;
  readonly target: TargetKey;
  readonly platform: string;
  /** Revision name; every ready instance of it is asked. */
  readonly revision: string;
  readonly smoke: SmokeTest;
  readonly reason: string;
}

export interface AskWebhook {
  readonly subject: string;
  readonly webhook: WebhookGate;
  /** Sent as JSON: what is to be decided. */
  readonly question: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

export function createGateActivities(ports: ActivityPorts) {
  return {
    /** The answer after as many rounds as the test allows; a failed test is an answer. */
    async runSmokeTest(input: RunSmokeTest): Promise<GateAnswer> {
      const { workload } = platformOf(ports, input.platform);
      const answer = await repeatUntilPassed(input.smoke, async () => {
        const revisions = await workload.readRevisions(input.target);
        const instances =
          revisions.find((revision) => revision.name === input.revision)?.instances ?? [];
        const urls = instances
          .filter((instance) => instance.state === 'ready')
          .map((instance) => instance.url);
        if (urls.length === 0)
          return { passed: false, reason: `${input.revision} has no ready instance to ask` };
        return ports.gate.smoke(urls, input.smoke, cancellationSignal());
      });
      const { revision } = input;
      return keepAnswer(ports, input, 'smokeTested', { revision }, answer);
    },

    /** The answer after as many tries as the gate allows; silence and refusal are answers: no. */
    async askWebhook(input: AskWebhook): Promise<GateAnswer> {
      const answer = await repeatUntilPassed(input.webhook, () =>
        ports.gate.webhook(input.webhook, input.question, cancellationSignal()),
      );
      const { host } = new URL(input.webhook.url);
      return keepAnswer(ports, input, 'gateAnswered', { host }, answer);
    },
  };
}

/** To go on needs a record, so that failure is tried again; a no is heard without. */
async function keepAnswer(
  ports: ActivityPorts,
  act: { readonly subject: string; readonly reason: string },
  kind: string,
  data: Readonly<Record<string, unknown>>,
  answer: GateAnswer,
): Promise<GateAnswer> {
  try {
    await recordAct(ports, act, kind, { ...data, ...answer });
  } catch (error) {
    if (answer.passed) throw error;
    log.warn('a refusal is acted on without its record', { error });
  }
  return answer;
}

async function repeatUntilPassed(
  patience: { readonly retries: number; readonly retryDelayMs: number },
  ask: () => Promise<GateAnswer>,
): Promise<GateAnswer> {
  for (let attempt = 0; ; attempt++) {
    heartbeat({ attempt });
    const answer = await ask();
    if (answer.passed || attempt >= patience.retries) return answer;
    await sleep(patience.retryDelayMs);
  }
}
