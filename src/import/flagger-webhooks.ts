/** Webhooks of a Canary as webhook steps, each at its moment in the rollout. */
import type { WrittenStep } from './written-step.js';
import type { Field } from './field.js';
import type { Notebook } from './notes.js';
import { written } from './project-file.js';

/** Steps by the moment they belong to. */
export interface Hooks {
  readonly before: readonly WrittenStep[];
  readonly atEachWeight: readonly WrittenStep[];
  readonly beforeMore: readonly WrittenStep[];
  readonly beforePromotion: readonly WrittenStep[];
  /** The project's webhooks section; undefined without webhooks. */
  readonly allowed: Readonly<Record<string, unknown>> | undefined;
}

type Moment = Exclude<keyof Hooks, 'allowed'>;

/** Those that wait are asked again and again, an interval apart. */
const moments: Readonly<Record<string, { readonly moment: Moment; readonly waits: boolean }>> = {
  'confirm-rollout': { moment: 'before', waits: true },
  'pre-rollout': { moment: 'before', waits: false },
  rollout: { moment: 'atEachWeight', waits: false },
  'confirm-traffic-increase': { moment: 'beforeMore', waits: true },
  'confirm-promotion': { moment: 'beforePromotion', waits: true },
};

const elsewhere: Readonly<Record<string, { readonly why: string; readonly instead: string }>> = {
  'post-rollout': {
    why: 'nobody is called when a rollout has ended',
    instead: 'sluice release --wait in CI ends with the verdict as its exit code',
  },
  rollback: {
    why: 'nobody is asked whether to go back',
    instead: 'sluice abort takes all traffic back at once; whoever decides types or posts it',
  },
  event: {
    why: 'events are not posted',
    instead: 'read them: sluice watch, or GET /v1/releases/{service}/{version}',
  },
};

const mostRetries = 100;

export function convertWebhooks(hooks: Field, intervalMs: number, book: Notebook): Hooks {
  const steps: Record<Moment, WrittenStep[]> = {
    before: [],
    atEachWeight: [],
    beforeMore: [],
    beforePromotion: [],
  };
  const hosts = new Map<string, boolean>();
  for (const hook of hooks.items()) {
    const type = hook.at('type').text() ?? 'rollout';
    const known = moments[type];
    if (known === undefined) {
      const other = elsewhere[type];
      if (other) book.unexpressed(hook, other.why, other.instead);
      else hook.at('type').fault([...Object.keys(moments), ...Object.keys(elsewhere)].join(', '));
      continue;
    }
    const command = hook.at('metadata', 'cmd');
    if (command.value !== undefined) {
      const why = 'a webhook is asked, and told no command';
      book.unexpressed(hook, why, 'make the load or run the test outside, or use a smokeTest step');
      continue;
    }
    const step = stepOf(hook, known.waits ? intervalMs : null, hosts);
    if (step === undefined) continue;
    steps[known.moment].push(step);
    const but = known.waits
      ? `a gate that stays shut ends in a rollback after ${mostRetries} tries`
      : 'a no ends in a rollback once its retries are used up';
    book.different(hook.at('url'), but, 'strategy.canary.steps[].webhook');
  }
  return { ...steps, allowed: allowedOf(hosts, hooks, book) };
}

function stepOf(
  hook: Field,
  waitMs: number | null,
  hosts: Map<string, boolean>,
): WrittenStep | undefined {
  hook.at('name').text();
  const at = hook.at('url');
  const text = at.text();
  const url = text === undefined || !URL.canParse(text) ? undefined : new URL(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return at.fault('an http(s) URL');
  if (url.username !== '' || url.password !== '') return at.fault('a URL without credentials');
  const plain = url.protocol === 'http:' || isInside(url.hostname);
  hosts.set(url.hostname, plain || hosts.get(url.hostname) === true);
  const timeoutMs = hook.at('timeout').duration();
  const retries = hook.at('retries').whole(0, mostRetries);
  return {
    webhook: {
      url: at.value,
      ...(timeoutMs === undefined ? {} : { timeout: written(timeoutMs) }),
      ...(waitMs === null
        ? retries === undefined
          ? {}
          : { retries }
        : { retries: mostRetries, retryDelay: written(waitMs) }),
    },
  };
}

/** A name that only the cluster knows leads to a private address. */
function isInside(host: string): boolean {
  return !host.includes('.') || /\.(svc|local|internal)$/.test(host);
}

function allowedOf(
  hosts: ReadonlyMap<string, boolean>,
  at: Field,
  book: Notebook,
): Hooks['allowed'] {
  if (hosts.size === 0) return undefined;
  const insecure = [...hosts].filter(([, plain]) => plain).map(([host]) => host);
  if (insecure.length > 0) {
    book.different(
      at,
      `${insecure.join(', ')}: plain http and private addresses have to be allowed`,
      'webhooks: { allowedHosts, allowInsecure: true }',
    );
  }
  return {
    allowedHosts: [...hosts.keys()],
    ...(insecure.length > 0 ? { allowInsecure: true } : {}),
  };
}
