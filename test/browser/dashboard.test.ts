/** The dashboard in a real browser, on the whole engine: seen live, commanded by hand, and still there after the API went. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { serious } from './accessibility.js';
import { type Browser, startBrowser } from './chromium.js';
import { ownToken, service, type Stage, startStage } from './stage.js';

const slowly = (weights: readonly number[], seconds: number, last = seconds) => ({
  canary: {
    steps: weights.flatMap((setWeight, n) => [
      { setWeight },
      { analysis: { for: `${n < weights.length - 1 ? seconds : last}s`, deadline: '60s' } },
    ]),
    progressDeadline: '30s',
    keepWarm: '60s',
    abortScaleDownDelay: '1s',
  },
});

describe('the dashboard', function () {
  this.timeout(60_000);
  // Each begins where the one before it ended.
  this.retries(0);
  let stage: Stage;
  let browser: Browser;
  let page: Awaited<ReturnType<Browser['page']>>;

  before(async () => {
    [stage, browser] = await Promise.all([startStage(), startBrowser()]);
    await stage.release('1.0.0', { from: 'production' });
    await stage.until('1.0.0', ({ outcome }) => outcome === 'promoted');
  });
  after(async () => {
    await browser?.close();
    await stage?.stop();
  });
  beforeEach(async () => {
    page = await browser.page();
  });
  afterEach(async () => {
    const { troubles } = page;
    await page.close();
    assert.deepEqual(troubles, []);
  });

  /** Each page has a session of its own. */
  async function signIn(token: string, at = ''): Promise<void> {
    await page.goto(`${stage.url}${at}`);
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
  }

  it('turns a wrong token away, and lets the right one in by keyboard alone', async () => {
    await page.goto(stage.url);
    await page.keyboard.type('slc_not-a-token');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('not known').waitFor();
    assert.deepEqual(await serious(page), []);
    await page.keyboard.type(ownToken(stage));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Targets' }).waitFor();
    const row = page.getByRole('row', { name: 'production' });
    await row.getByRole('link', { name: '1.0.0' }).waitFor();
    assert.match(await row.innerText(), /Promoted/);
    assert.deepEqual(await serious(page), []);
    const { cookies } = await browser.context.storageState();
    assert.deepEqual(cookies, [], 'no cookie that another site could use');
    await page.reload();
    await page.getByRole('heading', { name: 'Targets' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });

  it('shows a rollout move, and aborts it with a reason', async () => {
    await signIn(ownToken(stage), '#/');
    await stage.release('1.1.0', {
      from: 'production',
      strategy: slowly([10, 40], 3, 50),
    } as never);
    await stage.until('1.1.0', ({ stages }) => stages.some(({ rolloutId }) => rolloutId !== null));
    const row = page.getByRole('row', { name: 'production' });
    await row.getByText('10 %').waitFor();
    await row.getByRole('link', { name: 'Analysing' }).click();
    await page.getByRole('heading', { name: '#2' }).waitFor();
    const weight = page.locator('.facts .weight');
    await weight.getByText('40 %').waitFor();
    await page.getByText('errors beside stable').first().waitFor();
    await page.locator('.verdict.pass').waitFor();
    assert.deepEqual(await serious(page), []);

    await focusOn(page, 'Abort');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    assert.deepEqual(await serious(page), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'Abort', 'the keyboard is where it was');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await closeAndAskAgain(page, 'Abort');
    await dialog.waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await dialog.isVisible(), true, 'nothing is sent without a reason');
    await page.keyboard.type('the order form <b>loses</b> its basket');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.facts').getByText('Aborted').waitFor();
    await page.locator('.notice.bad').getByText('<b>loses</b> its basket').waitFor();
    assert.equal(await page.locator('b').count(), 0);
    await stage.until('1.1.0', ({ outcome }) => outcome === 'aborted');
    assert.equal(await page.getByRole('button', { name: 'Abort' }).count(), 0);
  });

  it('tells at the failed step what was measured, and what the limit is', async () => {
    const failing = { errorRate: 0.4 };
    await stage.release(
      '1.2.0',
      { from: 'production', strategy: slowly([30, 60], 2) } as never,
      failing,
    );
    await stage.until('1.2.0', ({ outcome }) => outcome === 'rolledBack');
    await signIn(ownToken(stage), '#/rollouts/checkout/production/3');
    const step = page.locator('.steps li.failed');
    await step.locator('.verdict.fail').waitFor();
    assert.match(await step.innerText(), /traffic to 30 %/);
    assert.match(await step.locator('tbody tr').first().innerText(), /\d %[^]*5 %/);
    await page.getByRole('img', { name: /^Evidence of harm/ }).waitFor();
    const temporal = page.getByRole('link', { name: 'history' });
    assert.match((await temporal.getAttribute('href')) ?? '', /workflows\/rollout%3Acheckout/);
    assert.deepEqual(await serious(page), []);
    await page.goto(`${stage.url}#/releases`);
    const row = page.getByRole('row', { name: `${service} 1.2.0` });
    await row.getByRole('link', { name: 'RolledBack' }).waitFor();
    assert.deepEqual(await serious(page), []);
    await row.getByRole('link', { name: `${service} 1.2.0` }).click();
    await page.locator('.verdict.fail').waitFor();
    assert.deepEqual(await serious(page), []);
  });

  it('shows those who only read no command, and those who approve only theirs', async () => {
    await stage.release('1.3.0', { from: 'production', strategy: slowly([100], 1) } as never);
    await stage.until(
      '1.3.0',
      ({ stages }) => stages.some(({ phase }) => phase === 'AwaitingApproval'),
      false,
    );
    await signIn(
      await stage.token('<img src=x onerror=alert(1)>', 'read'),
      '#/targets/checkout/production',
    );
    await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
    const buttons = async () => (await page.getByRole('button').allInnerTexts()).join();
    assert.equal(await buttons(), 'Sign out');
    await page.getByText('<img src=x onerror=alert(1)>, read-only').waitFor();
    assert.equal(await page.locator('img').count(), 0);
    await page.goto(`${stage.url}#/releases/checkout/1.3.0`);
    await page.getByText('Approvals: 0 of 1').waitFor();
    assert.equal(await buttons(), 'Sign out');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').fill(await stage.token('cleo', 'read', 'approve'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Reject' }).waitFor();
    assert.equal(await buttons(), 'Sign out,Approve,Reject');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByLabel('Reason').fill('seen in staging');
    await page.keyboard.press('Enter');
    await page.getByText('approved by cleo: seen in staging').waitFor();
    await stage.until('1.3.0', ({ outcome }) => outcome === 'promoted', false);
    await page.locator('.stage').getByText('Promoted').waitFor();
  });

  it('says that it is not connected, and goes on when the API is back', async () => {
    await signIn(ownToken(stage), '#/targets/checkout/production');
    await page.getByText('● live').waitFor();
    const before = stage.stack.pid('api');
    assert.ok(before);
    process.kill(before, 'SIGKILL');
    await page.getByText('○ not connected').waitFor();
    await page.getByText('● live').waitFor();
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByLabel('Reason').fill('after the restart');
    await page.keyboard.press('Enter');
    await page.locator('.notice').getByText('after the restart').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    assert.notEqual(stage.stack.pid('api'), before);
  });

  it('fits 360 pixels and the dark', async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await signIn(ownToken(stage));
    const places = ['', 'releases', 'releases/checkout/1.2.0', 'targets/checkout/production'];
    for (const place of [...places, 'rollouts/checkout/production/3']) {
      await page.goto(`${stage.url}#/${place}`);
      await page.locator('.link.live').waitFor();
      await page.locator('table.rows, .steps').first().waitFor();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      assert.equal(width, 360, place);
      assert.deepEqual(await serious(page), [], place);
    }
  });
});

/** Goes there as the keyboard does: every control is reached by Tab. */
async function focusOn(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${name} is not reached by Tab`);
}

/** Quicker than the browser tells that the dialog was closed. */
async function closeAndAskAgain(page: Page, name: string): Promise<void> {
  await page.evaluate(`{
    document.querySelector('dialog').close();
    [...document.querySelectorAll('main button')].find((each) => each.textContent === '${name}').click();
    new Promise((resolve) => setTimeout(resolve, 300));
  }`);
}

async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.textContent');
}
