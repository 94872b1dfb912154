/** What every gate promises. */
import assert from 'node:assert/strict';
import type { SmokeTest, WebhookGate } from '../../src/domain/rollout/strategy.js';
import type { Gate } from '../../src/ports/gate.js';

export interface GateUnderTest {
  readonly gate: Gate;
  /** `<base>/status/<n>` answers with that status. */
  readonly base: string;
  readonly dispose: () => Promise<void>;
}

export function smokeTest(given: Partial<SmokeTest> = {}): SmokeTest {
  const timing = { requests: 2, retries: 0, retryDelayMs: 0, timeoutMs: 2_000 };
  return { path: '/status/200', expectStatus: 200, expectBody: null, ...timing, ...given };
}

export function webhookGate(url: string, given: Partial<WebhookGate> = {}): WebhookGate {
  const timing = { timeoutMs: 2_000, retries: 0, retryDelayMs: 0 };
  const allowedHosts = URL.canParse(url) ? [new URL(url).hostname.replace(/[[\]]/g, '')] : [];
  return { url, allowedHosts, allowInsecure: true, ...timing, ...given };
}

export const never = new AbortController().signal;

export function gateContract(name: string, create: () => Promise<GateUnderTest>): void {
  describe(`gate on ${name}`, () => {
    let under: GateUnderTest;
    before(async () => {
      under = await create();
    });
    after(() => under.dispose());

    for (const status of [200, 201, 202]) {
      it(`a webhook passes by ${status}`, async () => {
        const gate = webhookGate(`${under.base}/status/${status}`);
        const answer = await under.gate.webhook(gate, { version: '1.2.0' }, never);
        assert.equal(answer.passed, true);
        assert.match(answer.reason, new RegExp(`answered ${status}`));
      });
    }

    for (const status of [203, 204, 206, 301, 302, 307, 400, 401, 404, 409, 429, 500, 503]) {
      it(`a webhook does not pass by ${status}, and says what was expected where`, async () => {
        const gate = webhookGate(`${under.base}/status/${status}`);
        const { passed, reason } = await under.gate.webhook(gate, {}, never);
        assert.equal(passed, false);
        assert.equal(reason, `${new URL(under.base).host} answered ${status}, expected 200–202`);
      });
    }

    it('a smoke test passes when every instance answers as expected', async () => {
      const { passed } = await under.gate.smoke([under.base, under.base], smokeTest(), never);
      assert.equal(passed, true);
    });

    it('a smoke test may expect any status', async () => {
      const test = smokeTest({ path: '/status/404', expectStatus: 404 });
      assert.equal((await under.gate.smoke([under.base], test, never)).passed, true);
    });

    it('a smoke test fails by another status, and says which', async () => {
      const test = smokeTest({ path: '/status/500' });
      const { passed, reason } = await under.gate.smoke([under.base], test, never);
      assert.equal(passed, false);
      assert.match(reason, /\/status\/500 answered 500, expected 200$/);
    });

    it('a smoke test without an instance proves nothing', async () => {
      assert.equal((await under.gate.smoke([], smokeTest(), never)).passed, false);
    });

    it('a cancelled call throws and is no answer', async () => {
      const cancelled = AbortSignal.abort(new Error('cancelled'));
      await assert.rejects(under.gate.smoke([under.base], smokeTest(), cancelled), /cancelled/);
      const gate = webhookGate(`${under.base}/status/200`);
      await assert.rejects(under.gate.webhook(gate, {}, cancelled), /cancelled/);
    });
  });
}
