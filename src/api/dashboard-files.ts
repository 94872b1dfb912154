/** The dashboard's files over HTTP: made when they are first asked for, so that nobody's start waits for them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import { bundleDashboard, type DashboardBundle } from './dashboard-bundle.js';
import { createDocument, type Document, sendDocument } from './send-document.js';

const dashboardPath = '/ui';

const folder = fileURLToPath(new URL('../dashboard', import.meta.url));

/** Nothing from elsewhere, nothing inline, and no text that becomes markup. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sluice</title>
<link rel="icon" href="${dashboardPath}/icon.svg">
<link rel="stylesheet" href="${dashboardPath}/style.css">
<script type="module" src="${dashboardPath}/main.js"></script>
</head>
<body>
<div id="page"><noscript>This page needs JavaScript; the same is told by <code>sluice watch</code>.</noscript></div>
</body>
</html>
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5cad"/><path d="M3 5h10M5.5 5v7M10.5 5v4" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>\n`;

type DashboardFiles = Readonly<Record<string, Document>>;

/** As it was made for the package. */
async function readBundle(): Promise<DashboardBundle> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const [script, style] = await Promise.all([read('main.js'), read('style.css')]);
  return { script, style };
}

/** By path under the dashboard's own. */
async function buildDashboard(): Promise<DashboardFiles> {
  const { script, style } = existsSync(join(folder, 'main.tsx'))
    ? await bundleDashboard(folder)
    : await readBundle();
  return {
    '': createDocument('html', page),
    '/main.js': createDocument('text/javascript', script),
    '/style.css': createDocument('css', style),
    '/icon.svg': createDocument('svg', icon),
  };
}

export function serveDashboard(app: Express): readonly string[] {
  let built: Promise<DashboardFiles> | null = null;
  const files = (): Promise<DashboardFiles> => {
    built ??= buildDashboard().catch((error: unknown) => {
      built = null;
      throw error;
    });
    return built;
  };
  const paths = ['', '/main.js', '/style.css', '/icon.svg'];
  for (const path of paths) {
    app.get(`${dashboardPath}${path}`, async (request, response) => {
      const file = (await files())[path];
      if (file === undefined) return;
      response.set('Content-Security-Policy', policy);
      sendDocument(request, response, file);
    });
  }
  return paths.map((path) => `${dashboardPath}${path}`);
}
