/** A headless Chromium with a profile of its own, which goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface Browser {
  readonly context: BrowserContext;
  /** A page that fails the test which asks for its troubles: messages of the console, errors, refusals by the policy. */
  page(): Promise<Page & { readonly troubles: readonly string[] }>;
  close(): Promise<void>;
}

export async function startBrowser(
  options: { readonly width?: number; readonly height?: number; readonly dark?: boolean } = {},
): Promise<Browser> {
  const path = process.env.SLUICE_CHROMIUM;
  if (path === undefined)
    throw new Error('SLUICE_CHROMIUM is not set: npm run test:browser sets it');
  const profile = mkdtempSync(join(tmpdir(), 'sluice-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    args: flags,
    viewport: { width: options.width ?? 1100, height: options.height ?? 800 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(15_000);
  return {
    context,
    async page() {
      const page = await context.newPage();
      const troubles: string[] = [];
      page.on('pageerror', (error) => troubles.push(String(error)));
      page.on('console', (message) => {
        // A refused request is what some tests are about, and the console tells of each.
        const isTold =
          message.type() === 'error' && !message.text().startsWith('Failed to load resource');
        if (isTold) troubles.push(message.text());
      });
      return Object.assign(page, { troubles });
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
