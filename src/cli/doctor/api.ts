/** Probes of the API: is it there, is it ready, does it speak our version, is its clock ours, what may the token do. */
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { z } from 'zod';
import { createApiClient } from '../client.js';
import { readStack, resolveConnection } from '../connection.js';
import { type Examined, fault, faultOf, ok, warning } from './finding.js';

const answerMs = 5000;
const noticedClockMs = 5_000;
const mostClockMs = 60_000;

const described = z.object({ info: z.object({ version: z.string() }), openapi: z.string() });

/** In order; what rests on an answer that never came is left out. */
export async function probeApi(examined: Examined): Promise<readonly Finding[]> {
  const { io, flags, dataDir } = examined;
  const stack = await readStack(dataDir);
  const address = flags.api ?? (io.env.SLUICE_API_URL || stack?.apiUrl);
  if (address === undefined) {
    const next = 'sluice up, or name one: export SLUICE_API_URL=<url>';
    return [warning('api', 'none is named and no stack runs here', next)];
  }
  const ask = (path: string) =>
    io.fetch(new URL(path, address), { signal: AbortSignal.timeout(answerMs) });
  let alive: Response;
  const askedAtMs = io.clock();
  try {
    alive = await ask('/healthz');
  } catch (error) {
    return [faultOf('api', error, `see that it runs and that ${address} is right: sluice up`)].map(
      (one) => ({ ...one, seen: `${address}: ${one.seen}` }),
    );
  }
  const isOurs = alive.ok && (await bodyOf(alive, z.object({ status: z.literal('ok') }))) !== null;
  if (!isOurs) {
    return [fault('api', `what answers at ${address} is another program`, 'check SLUICE_API_URL')];
  }
  return [
    ok('api', `${address} answers in ${Math.max(0, io.clock() - askedAtMs)} ms`),
    encryption(address),
    clock(alive, io.clock()),
    await readiness(ask),
    await version(ask),
    await token(examined),
  ];
}

async function bodyOf<S extends z.ZodType>(
  answer: Response,
  schema: S,
): Promise<z.output<S> | null> {
  const parsed = schema.safeParse(await answer.json().catch(() => null));
  return parsed.success ? parsed.data : null;
}

function encryption(address: string): Finding {
  const { protocol, hostname } = new URL(address);
  const isHere = /^(localhost|127\.|\[::1\])/.test(hostname);
  return protocol === 'https:' || isHere
    ? ok('api encryption', protocol === 'https:' ? 'https' : 'this machine only')
    : fault(
        'api encryption',
        `tokens travel in clear text to ${hostname}`,
        'put TLS before the API and name it by https://',
      );
}

function clock(answer: Response, nowMs: number): Finding {
  const theirs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return ok('clock', 'the API tells no time');
  const apartMs = Math.abs(theirs - nowMs);
  const seen = `${Math.round(apartMs / 1000)} s from the API's`;
  const next = 'set this machine’s clock: timedatectl set-ntp true';
  if (apartMs > mostClockMs) return fault('clock', seen, next);
  return apartMs > noticedClockMs ? warning('clock', seen, next) : ok('clock', seen);
}

async function readiness(ask: (path: string) => Promise<Response>): Promise<Finding> {
  const subject = 'api readiness';
  try {
    const answer = await ask('/readyz');
    if (answer.ok) return ok(subject, 'Temporal answers it');
    const problem = await bodyOf(
      answer,
      z.object({ detail: z.string(), hint: z.string().optional() }),
    );
    const next = problem?.hint ?? 'see its log, and that it reaches TEMPORAL_ADDRESS';
    return fault(subject, problem?.detail ?? `status ${answer.status}`, next);
  } catch (error) {
    return faultOf(subject, error, 'see its log, and that it reaches TEMPORAL_ADDRESS');
  }
}

const spoken = '1';

async function version(ask: (path: string) => Promise<Response>): Promise<Finding> {
  const subject = 'api version';
  const document = await ask('/openapi.json')
    .then((answer) => bodyOf(answer, described))
    .catch(() => null);
  if (document === null)
    return fault(subject, 'it does not describe itself', 'check SLUICE_API_URL');
  const theirs = document.info.version;
  return theirs === spoken
    ? ok(subject, `v${theirs}`)
    : fault(
        subject,
        `it speaks v${theirs}, this command line v${spoken}`,
        'install the same version as the server',
      );
}

async function token({ io, flags }: Examined): Promise<Finding> {
  const subject = 'token';
  const make = 'sluice token create --owner <name> --scopes read, then export SLUICE_TOKEN=<token>';
  try {
    const { apiUrl, token: secret } = await resolveConnection(flags, io.env);
    await createApiClient({ apiUrl, token: secret, fetch: io.fetch }).listReleases({ limit: '1' });
    return ok(subject, 'it may read');
  } catch (error) {
    if (error instanceof Failure) return faultOf(subject, error, make);
    return fault(subject, error instanceof Error ? error.message : String(error), make);
  }
}
