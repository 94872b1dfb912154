/** Takes the pictures of the docs from a running stack: `npm run docs:screenshots`, `-- dashboard` or `-- temporal` for some. */
import { mkdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { startBrowser } from './chromium.js';
import { ownToken, service, type Stage, startStage } from './stage.js';

const folder = 'docs/images';
const mostBytes = 150_000;

const canary = (weights: readonly number[], seconds: number, last = seconds) => ({
  canary: {
    steps: weights.flatMap((setWeight, n) => {
      const isLast = n === weights.length - 1;
      return [{ setWeight }, { analysis: { for: `${isLast ? last : seconds}s`, deadline: '5m' } }];
    }),
    progressDeadline: '30s',
    keepWarm: '60s',
    abortScaleDownDelay: '1s',
  },
});

async function take(page: Page | Locator, name: string, height?: number): Promise<void> {
  const path = `${folder}/${name}.png`;
  if (height !== undefined && 'setViewportSize' in page) {
    await page.setViewportSize({ width: page.viewportSize()?.width ?? 1100, height });
  }
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > mostBytes) throw new Error(`${path} has ${size} bytes`);
  console.log(`${path}  ${Math.round(size / 1024)} kB`);
}

async function dashboard(page: Page, stage: Stage): Promise<void> {
  await page.goto(stage.url);
  await page.getByLabel('Token').fill(ownToken(stage));
  await page.keyboard.press('Enter');
  await page.locator('table.rows').waitFor();
  await stage.release('1.1.0', { gitSha: '9fceb02d0ae598e9' });
  await stage.until('1.1.0', ({ outcome }) => outcome === 'promoted');
  // Its evidence grows slowly enough to be looked at.
  const failing = { errorRate: 0.06 };
  const slowly = { from: 'production', strategy: canary([10, 25, 50], 3, 90) };
  await stage.release('1.2.0', slowly as never, failing);
  await stage.until('1.2.0', ({ stages }) => stages.some(({ rolloutId }) => rolloutId !== null));
  await page.goto(`${stage.url}#/rollouts/${service}/production/3`);
  await page.locator('.facts .weight').getByText('50 %').waitFor();
  await sleep(3000);
  await take(page, 'dashboard-rollout', 900);
  await stage.release('1.3.0', { from: 'staging', reason: 'new tax rules' });
  await page.goto(`${stage.url}#/`);
  await page.getByRole('row', { name: 'production' }).getByText('1.2.0').waitFor();
  await sleep(2000);
  await take(page, 'dashboard-targets', 260);
  await page.goto(`${stage.url}#/rollouts/${service}/production/3`);
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.getByLabel('Reason').fill('customers lose their basket');
  await take(page, 'dashboard-abort', 560);
  await page.keyboard.press('Enter');
  await stage.until('1.2.0', ({ outcome }) => outcome === 'aborted');

  const broken = { from: 'production', strategy: canary([20, 50], 2) };
  await stage.release('1.4.0', broken as never, { errorRate: 0.3 });
  await stage.until('1.4.0', ({ outcome }) => outcome === 'rolledBack');
  await page.goto(`${stage.url}#/rollouts/${service}/production/4`);
  await page.locator('.verdict.fail').waitFor();
  await page.getByRole('img', { name: /^Evidence/ }).waitFor();
  await take(page, 'dashboard-failed', 800);
  await page.goto(`${stage.url}#/releases`);
  await page.getByRole('row', { name: '1.4.0' }).waitFor();
  await take(page, 'dashboard-releases', 330);
  await page.setViewportSize({ width: 360, height: 760 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.goto(`${stage.url}#/rollouts/${service}/production/4`);
  await page.locator('.verdict.fail').waitFor();
  await page.getByRole('img', { name: /^Evidence/ }).waitFor();
  await take(page, 'dashboard-phone');
}

async function temporalUi(page: Page, stage: Stage): Promise<void> {
  const ui = stage.stack.info.temporalUiUrl;
  const list = (query: string) => `${ui}/workflows?query=${encodeURIComponent(query)}`;
  const id = `release:${service}:1.5.0`;
  await stage.release('1.5.0', { from: 'production', reason: 'faster search' });
  await stage.until(
    '1.5.0',
    ({ stages }) => stages.some(({ phase }) => phase === 'AwaitingApproval'),
    false,
  );
  await page.goto(list('`Phase`="AwaitingApproval"'));
  await page.getByRole('link', { name: id, exact: true }).waitFor();
  await take(page, 'temporal-list', 420);
  await page.getByRole('link', { name: id, exact: true }).click();
  await page.waitForURL(/timeline/);
  await page.goto(page.url().replace('timeline', 'user-metadata'));
  await page.getByText('Current Details').waitFor();
  // The details are a frame of their own.
  await sleep(2000);
  await take(page, 'temporal-details', 900);

  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Reset' }).click();
  await page.getByRole('dialog').getByText('Choose an Event').waitFor();
  await sleep(500);
  await take(page, 'temporal-reset', 760);
  await page.keyboard.press('Escape');

  await page.goto(list('`WorkflowType`="promoteRelease" AND `Phase`="AwaitingApproval"'));
  await page.getByRole('link', { name: id, exact: true }).waitFor();
  await page.locator('table label:has(input[type=checkbox])').first().click();
  await page.getByText('1 selected').waitFor();
  await take(page, 'temporal-batch', 420);

  await page.getByRole('link', { name: id, exact: true }).click();
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send an Update' }).click();
  const dialog = page.getByRole('dialog').filter({ hasText: 'Send an Update' });
  await dialog.getByTestId('update-select-button').click();
  await dialog.getByRole('option', { name: 'approve' }).click();
  await dialog.locator('.cm-content').click();
  const command = { actor: 'bea', reason: 'staging looks good', environment: 'production' };
  await page.keyboard.insertText(JSON.stringify({ ...command, ticket: null }));
  // It is set out anew when the field is left, and moves the buttons.
  await page.keyboard.press('Tab');
  await sleep(500);
  await take(page, 'temporal-update', 820);
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await stage.until('1.5.0', ({ outcome }) => outcome === 'promoted', false);
}

mkdirSync(folder, { recursive: true });
const only = process.argv[2];
const [stage, browser] = await Promise.all([
  startStage(),
  startBrowser({ width: 1100, height: 800 }),
]);
try {
  await stage.release('1.0.0', { gitSha: '4d1f0c2b77aa9e01' });
  await stage.until('1.0.0', ({ outcome }) => outcome === 'promoted');
  const page = await browser.page();
  if (only !== 'temporal') await dashboard(page, stage);
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  if (only !== 'dashboard') await temporalUi(page, stage);
} finally {
  await browser.close();
  await stage.stop();
}
