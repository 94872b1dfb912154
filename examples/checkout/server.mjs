/** A small shop checkout to release: answers orders, and misbehaves exactly as its artifact tells it to. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * @typedef {object} Behaviour
 * @property {string} version
 * @property {number} errorRate Share (0–1) of orders answered with 500, spread evenly.
 * @property {number} latencyMs Time an order takes.
 * @property {number} crashAfterMs Exits with code 1 after this time; 0: never.
 * @property {number} startDelayMs Time until it begins to listen.
 * @property {boolean} hang Orders are taken and never answered; `/healthz` still is.
 */

const artifactPath = process.argv[2];
if (artifactPath === undefined) {
  process.stderr.write('usage: PORT=8080 node server.mjs <artifact.json>\n');
  process.exit(2);
}

/** @type {Behaviour} */
const behaviour = {
  version: '0.0.0',
  errorRate: 0,
  latencyMs: 0,
  crashAfterMs: 0,
  startDelayMs: 0,
  hang: false,
  ...JSON.parse(readFileSync(artifactPath, 'utf8')),
};

/** Carries the share that is owed from order to order, so that 30 % are 3 of every 10. */
let errorsOwed = 0;
let orders = 0;
let healthy = true;

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
function sendJson(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** @param {import('node:http').IncomingMessage} request */
async function readJson(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answerOrder(request, response) {
  if (behaviour.hang) return;
  if (behaviour.latencyMs > 0) await wait(behaviour.latencyMs);
  let receivedBytes = 0;
  for await (const chunk of request) receivedBytes += chunk.length;
  orders += 1;
  errorsOwed += behaviour.errorRate;
  if (errorsOwed >= 1 - 1e-9) {
    errorsOwed -= 1;
    sendJson(response, 500, { error: 'payment provider refused', version: behaviour.version });
    return;
  }
  sendJson(response, 200, { order: orders, version: behaviour.version, receivedBytes });
}

/** @param {import('node:http').ServerResponse} response @param {URL} url */
async function answerStream(response, url) {
  const chunks = Number(url.searchParams.get('chunks') ?? 5);
  const everyMs = Number(url.searchParams.get('everyMs') ?? 100);
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    response.write(`${behaviour.version} ${chunk}\n`);
    await wait(everyMs);
  }
  response.end();
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function changeBehaviour(request, response) {
  // It listens on this machine alone; a proxy that lets the world in says so by this header.
  if (request.headers['x-forwarded-for'] !== undefined) {
    sendJson(response, 403, { error: 'only from this machine, and not through a proxy' });
    return;
  }
  const { healthz, exit, ...changes } = await readJson(request);
  if (typeof healthz === 'boolean') healthy = healthz;
  Object.assign(behaviour, changes);
  sendJson(response, 200, { ...behaviour, healthz: healthy });
  if (typeof exit === 'number') setTimeout(() => process.exit(exit), 10);
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/healthz') {
    sendJson(response, healthy ? 200 : 503, { version: behaviour.version });
  } else if (url.pathname === '/admin/behaviour' && request.method === 'POST') {
    await changeBehaviour(request, response);
  } else if (url.pathname === '/slow') {
    await wait(Number(url.searchParams.get('ms') ?? 1000));
    await answerOrder(request, response);
  } else if (url.pathname === '/stream') {
    await answerStream(response, url);
  } else if (url.pathname === '/') {
    await answerOrder(request, response);
  } else {
    sendJson(response, 404, { error: 'no such page' });
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (!response.headersSent) sendJson(response, 400, { error: String(error) });
    else response.destroy();
  });
});
// Longer than any proxy keeps an idle connection, so that it is never closed under a request on its way.
server.keepAliveTimeout = 60_000;

if (behaviour.startDelayMs > 0) await wait(behaviour.startDelayMs);
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1');

if (behaviour.crashAfterMs > 0) {
  setTimeout(() => {
    process.stderr.write(`fatal: out of memory after ${behaviour.crashAfterMs} ms\n`);
    process.exit(1);
  }, behaviour.crashAfterMs);
}

process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

// Whoever started it holds the other end of stdin: when that closes, nobody would ever stop this process.
if (process.env['SLUICE_SERVICE'] !== undefined) {
  process.stdin.resume();
  process.stdin.once('end', () => process.exit(0));
  process.stdin.once('error', () => process.exit(0));
}
