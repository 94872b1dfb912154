/** Asks servers that a configuration names: only where the operator allows it, for a limited time and length, and not while they ask for silence. */
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { type Agent, request as send } from 'undici';
import { type Asked, quoteSaid, unanswered } from '../../domain/series/asked.js';
import type { Web, WebAnswer } from '../../ports/web.js';
import { type AddressClass, classifyAddress } from './address-rules.js';
import {
  AddressRefused,
  createGuardedAgent,
  type ResolveHost,
  resolveBySystem,
} from './guarded-agent.js';

export interface GuardedWebOptions {
  /** Networks besides the public ones, `10.0.0.0/8`; plain http goes only there. */
  readonly networks: readonly string[];
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** Paths of PEM files, read anew when they change. */
  readonly tls?: TlsFiles | undefined;
  readonly resolve?: ResolveHost;
  readonly now?: () => number;
}

interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const defaultTimeoutMs = 3000;
const defaultBodyBytes = 1024 * 1024;
/** No server may silence a metric for longer. */
const longestQuietMs = 300_000;
/** Where a server is busy and does not say for how long. */
const usualQuietMs = 5000;

export function createGuardedWeb(options: GuardedWebOptions): Web {
  const { timeoutMs = defaultTimeoutMs, maxBodyBytes = defaultBodyBytes, now = Date.now } = options;
  const { resolve = resolveBySystem, tls } = options;
  const mayReach = reachOf(options.networks);
  let kept: { readonly agent: Agent; readonly pem: string } | null = null;
  let quietUntilMs = 0;

  async function agentNow(asked: Asked, isPlain: boolean): Promise<Agent> {
    const pems = tls === undefined ? {} : await readPems(tls, asked);
    const pem = JSON.stringify([pems, isPlain]);
    if (kept?.pem === pem) return kept.agent;
    const old = kept?.agent;
    // Plain http on a public network would show credentials to whoever listens.
    const may = (kind: AddressClass, address: string) =>
      mayReach(kind, address) && !(isPlain && kind === 'public');
    const agent = createGuardedAgent(resolve, may, timeoutMs, { maxBodyBytes, tls: pems });
    kept = { agent, pem };
    await old?.close();
    return agent;
  }

  const web: Web = {
    async send(request, asked) {
      const leftMs = quietUntilMs - now();
      if (leftMs > 0) {
        const wait = `asked to be left alone for another ${Math.ceil(leftMs / 1000)} s`;
        throw unanswered(asked, wait, { retryAfterMs: leftMs });
      }
      const url = checkUrl(request.url, mayReach, asked);
      const answer = await sendTo(url, request, await agentNow(asked, url.protocol === 'http:'));
      if (answer.status === 429 || answer.status === 503) {
        quietUntilMs =
          now() + (quietMsOf(answer, now()) ?? (answer.status === 429 ? usualQuietMs : 0));
      }
      return answer;

      async function sendTo(to: URL, { method, headers, body }: typeof request, dispatcher: Agent) {
        try {
          const {
            statusCode,
            headers: given,
            body: stream,
          } = await send(to, {
            ...{ method, headers, dispatcher, signal: AbortSignal.timeout(timeoutMs) },
            ...(body === undefined ? {} : { body }),
          });
          return { status: statusCode, headers: plainHeaders(given), text: await stream.text() };
        } catch (error) {
          throw unanswered(asked, describeTrouble(error, timeoutMs, maxBodyBytes));
        }
      }
    },

    async ask(request, asked, said) {
      const answer = await web.send(request, asked);
      const { status } = answer;
      const body = parseJson(answer.text);
      if (status >= 200 && status < 300) {
        if (body !== undefined) return body;
        throw unanswered(asked, `answered ${status} with something that is not JSON`);
      }
      const words = quoteSaid(body === undefined ? undefined : said?.(body), asked);
      const quietMs = quietUntilMs - now();
      if (status !== 429 || quietMs <= 0) throw unanswered(asked, `answered ${status}${words}`);
      const wait = `answered 429, too many requests: left alone for ${Math.ceil(quietMs / 1000)} s`;
      throw unanswered(asked, `${wait}${words}`, { retryAfterMs: quietMs });
    },

    close: async () => {
      await kept?.agent.close();
    },
  };
  return web;
}

type MayReach = (kind: AddressClass, address: string) => boolean;

/** Public addresses, and those of the networks; metadata services and the like never. */
function reachOf(networks: readonly string[]): MayReach {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (kind, address) => {
    if (kind !== 'local') return kind === 'public';
    return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
}

function checkUrl(text: string, mayReach: MayReach, asked: Asked): URL {
  const refuse = (why: string) =>
    unanswered(asked, `was not asked: ${why}`, { next: 'see SLUICE_PRIVATE_NETWORKS' });
  if (!URL.canParse(text)) throw refuse('its URL is not valid');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('its URL is not http(s)');
  if (url.username !== '' || url.password !== '') throw refuse('its URL carries credentials');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is never looked up, so it is judged here.
  if (isIP(host) === 0) return url;
  const kind = classifyAddress(host);
  if (!mayReach(kind, host)) throw refuse(`${host} is not an address that may be called`);
  if (url.protocol === 'http:' && kind === 'public') throw refuse('a public address needs https');
  return url;
}

async function readPems(tls: TlsFiles, asked: Asked) {
  const given = Object.entries(tls).filter(([, path]) => path !== undefined);
  const pairs = given.map(async ([name, path = '']) => {
    const text = await readFile(path, 'utf8').catch(() => {
      throw unanswered(asked, `was not asked: the file ${path} cannot be read`, {
        next: `write it to ${path}, readable by the worker`,
      });
    });
    return [name, text] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** Of Retry-After in either form, or of the seconds some name otherwise; null: it does not say. */
function quietMsOf({ headers }: WebAnswer, nowMs: number): number | null {
  const said = headers['retry-after'] ?? headers['x-ratelimit-reset'];
  if (said === undefined) return null;
  const ms = /^\d+(\.\d+)?$/.test(said) ? Number(said) * 1000 : Date.parse(said) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestQuietMs) : null;
}

function plainHeaders(given: Readonly<Record<string, string | string[] | undefined>>) {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().join(', ')]],
    ),
  );
}

/** What kept an answer away, without a word that the other side could have chosen. */
function describeTrouble(error: unknown, timeoutMs: number, maxBodyBytes: number): string {
  if (error instanceof AddressRefused) return 'resolves to an address that may not be called';
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT')) {
    return `does not answer within ${timeoutMs} ms`;
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return `answered more than ${maxBodyBytes} bytes`;
  return `does not answer (${code ?? name ?? 'unknown'})`;
}

/** Undefined: it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
