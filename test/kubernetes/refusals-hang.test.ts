/** Candidates that take requests and answer none, on a real cluster whose gateway counts answers only and never gives up. */
import assert from 'node:assert/strict';
import { describeRefusals } from '../support/describe-refusals.js';
import type { LoadAccount } from '../support/load-account.js';
import {
  abort,
  type Cell,
  type Refusals,
  type Scene,
  startRefusals,
  unharmed,
} from '../support/refusals.js';

const hang = { hang: true };
/** What hangs at the candidate is lost with it: the gateway answers 502 when its pods end. */
function onlyHungLost(account: LoadAccount, scene: Scene): void {
  const { proxy, ...rest } = Object.fromEntries(account.revisions);
  assert.deepEqual(Object.keys(proxy?.failed ?? {}), ['502']);
  const share = (proxy?.answers ?? 0) / account.sent;
  assert.ok(share < 0.2, `${share} of all requests`);
  unharmed({ ...account, revisions: new Map(Object.entries(rest)) }, scene);
}
const letGo = ({ shop, candidate }: Scene) => shop.behave(candidate, { exit: 1 });
const silence: Pick<Cell, 'outcome' | 'reason' | 'relieve' | 'unharmed'> = {
  outcome: 'rolledBack',
  reason: /^none of about \d+ requests that 20 % sends to the candidate/,
  relieve: letGo,
  unharmed: onlyHungLost,
};

describeRefusals('a candidate that hangs', function () {
  this.timeout(60_000);
  let refusals: Refusals;
  before(async () => {
    refusals = await startRefusals('hangs', 'begins', 'both');
  });
  after(() => refusals?.stop());

  it('is taken back by its silence, or by a person', async () => {
    await refusals.together({
      hangs: {
        ...{ ...silence, obstacle: 'candidate hangs', trigger: 'silence' },
        pull: ({ shop, candidate }) => shop.behave(candidate, hang),
      },
      begins: {
        ...{ ...silence, obstacle: 'candidate hangs from its first request', trigger: 'silence' },
        behaviour: hang,
        pull: async () => undefined,
      },
      both: {
        ...{ ...abort, obstacle: 'stable and candidate hang' },
        async hinder({ shop, candidate, stable }) {
          await Promise.all([shop.behave(candidate, hang), shop.behave(stable, hang)]);
        },
        async relieve({ shop, stable }) {
          await shop.behave(stable, { hang: false });
        },
        unharmed: () => undefined,
      },
    });
    await refusals.goOn();
  });
});
