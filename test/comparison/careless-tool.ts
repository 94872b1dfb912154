/**
 * A tool as it is written in an afternoon: remembers a time and what it wrote last, and the newer side takes the whole issue.
 * No tool of anybody's: it is here so that the cases are seen to fail.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { carelessFormat } from './careless-format.js';

const { GITHUB_API_URL: url, GITHUB_TOKEN: token, GITHUB_REPOSITORY: name } = process.env;
const stateFile = '.careless.json';

interface Told {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly { readonly name: string }[];
  readonly pull_request?: unknown;
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}/repos/${name}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return await answer.json();
}

const state = existsSync(stateFile)
  ? (JSON.parse(await readFile(stateFile, 'utf8')) as {
      since?: string;
      texts: Record<string, string>;
    })
  : { texts: {} };
const texts: Record<string, string> = { ...state.texts };
await mkdir('issues', { recursive: true });

// The files first: whatever changed in them is the newer side.
for (const file of await readdir('issues')) {
  const path = `issues/${file}`;
  const text = await readFile(path, 'utf8');
  if (texts[path] === text) continue;
  const { title, body, labels } = carelessFormat.read(text);
  const number = carelessFormat.numberOf(path, text);
  if (number === null) {
    const made = (await call('POST', '/issues', { title, body, labels })) as Told;
    await rename(path, `issues/${made.number}.md`);
    texts[`issues/${made.number}.md`] = text;
  } else {
    await call('PATCH', `/issues/${number}`, { title, body, labels });
    texts[path] = text;
  }
}

const since = state.since === undefined ? '' : `&since=${state.since}`;
const changed = (await call('GET', `/issues?state=all&per_page=100${since}`)) as readonly Told[];
for (const { number, title, body, labels, pull_request: pull } of changed) {
  if (pull !== undefined) continue;
  const path = `issues/${number}.md`;
  const written = { title, body: body ?? '', labels: labels.map((label) => label.name) };
  const { text } = carelessFormat.create(written);
  await writeFile(path, text);
  texts[path] = text;
}
// By its own clock, and after the list was read.
await writeFile(stateFile, JSON.stringify({ since: new Date().toISOString(), texts }));
