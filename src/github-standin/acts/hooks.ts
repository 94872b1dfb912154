/** Webhooks: signed over the raw bytes, logged, sent once, sent again only when asked. */
import { createHmac, randomUUID } from 'node:crypto';
import { showAccount } from '../present/account.js';
import { showHook } from '../present/hook.js';
import { apiUrl, showRepository } from '../present/repository.js';
import type { Actor, App, Delivery, Hook, Repository } from '../state.js';
import type { World } from '../world.js';

/** Tells every hook that listens; the sending itself happens beside. */
export function tell(
  world: World,
  repository: Repository,
  actor: Actor,
  event: string,
  action: string | null,
  payload: Readonly<Record<string, unknown>>,
): void {
  const installations = [...world.installations.values()].filter(
    ({ app, account }) => app.hook !== null && account.id === repository.owner.id,
  );
  // Most repositories here have no listener; then nothing is made for it.
  if (repository.hooks.size === 0 && installations.length === 0) return;
  const common = {
    ...(action === null ? {} : { action }),
    ...payload,
    repository: showRepository(world, repository),
    sender: showAccount(world, actor.account),
  };
  for (const hook of repository.hooks.values()) {
    send(world, hook, { event, action, payload: common, repository, installationId: null });
  }
  for (const installation of installations) {
    const { app } = installation;
    if (app.hook === null) continue;
    const whole = {
      ...common,
      installation: { id: installation.id, node_id: `I${installation.id}` },
    };
    send(world, app.hook, {
      event,
      action,
      payload: whole,
      repository,
      installationId: installation.id,
      app,
    });
  }
}

interface Message {
  readonly event: string;
  readonly action: string | null;
  readonly payload: unknown;
  readonly repository: Repository | null;
  readonly installationId: number | null;
  readonly app?: App;
}

function send(world: World, hook: Hook, message: Message): Delivery | null {
  const { event } = message;
  const listens = hook.events.includes(event) || hook.events.includes('*') || event === 'ping';
  if (!hook.active || !listens) return null;
  // As it was at this moment, not as it will be when it is sent.
  const text = JSON.stringify(message.payload);
  const { secret, content_type: contentType } = hook.config;
  const guid = randomUUID();
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, secret ?? '')
      .update(text)
      .digest('hex')}`;
  const delivery: Delivery = {
    id: world.nextId(),
    guid,
    event,
    action: message.action,
    repositoryId: message.repository?.id ?? null,
    installationId: message.installationId,
    atMs: world.clock.now(),
    redelivery: false,
    payload: JSON.parse(text),
    requestHeaders: {
      'Content-Type': contentType === 'json' ? 'application/json' : contentType,
      'User-Agent': `GitHub-Hookshot/${guid.slice(0, 7)}`,
      'X-GitHub-Delivery': guid,
      'X-GitHub-Event': event,
      'X-GitHub-Hook-ID': String(hook.id),
      'X-GitHub-Hook-Installation-Target-ID': String(
        message.app?.id ?? message.repository?.id ?? 0,
      ),
      'X-GitHub-Hook-Installation-Target-Type':
        message.app === undefined ? 'repository' : 'integration',
      ...(secret === null
        ? {}
        : { 'X-Hub-Signature': sign('sha1'), 'X-Hub-Signature-256': sign('sha256') }),
    },
    durationS: 0,
    statusCode: 0,
    status: 'pending',
    responseHeaders: {},
    responseText: '',
  };
  hook.deliveries.unshift(delivery);
  world.onDelivery(delivery);
  dispatch(world, hook, delivery);
  return delivery;
}

function dispatch(world: World, hook: Hook, delivery: Delivery): void {
  const { hooks } = world.faults;
  if (hooks.lose > 0) {
    hooks.lose -= 1;
    delivery.status = 'failed to connect to host';
    delivery.statusCode = 0;
    return;
  }
  if (hooks.reorder > 0) {
    hooks.reorder -= 1;
    world.held.push({ hook, delivery });
    if (hooks.reorder > 0) return;
    releaseHeld(world);
    return;
  }
  inBackground(world, post(world, hook, delivery));
  if (hooks.duplicate > 0) {
    hooks.duplicate -= 1;
    inBackground(world, post(world, hook, delivery));
  }
}

/** Those that were kept back, the last first. */
export function releaseHeld(world: World): void {
  const held = world.held.splice(0).reverse();
  inBackground(
    world,
    (async () => {
      for (const { hook, delivery } of held) await post(world, hook, delivery);
    })(),
  );
}

function inBackground(world: World, work: Promise<unknown>): void {
  const kept: Promise<unknown> = work
    .catch(() => null)
    .finally(() => world.background.delete(kept));
  world.background.add(kept);
}

async function post(world: World, hook: Hook, delivery: Delivery): Promise<void> {
  const startedAtMs = performance.now();
  try {
    const response = await fetch(hook.config.url, {
      method: 'POST',
      headers: { ...delivery.requestHeaders, Accept: '*/*' },
      body: JSON.stringify(delivery.payload),
      signal: AbortSignal.timeout(world.faults.hooks.answerWithinMs),
      redirect: 'manual',
    });
    delivery.responseText = (await response.text()).slice(0, 10_000);
    delivery.responseHeaders = Object.fromEntries(response.headers);
    delivery.statusCode = response.status;
    delivery.status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`;
  } catch (error) {
    delivery.statusCode = 0;
    delivery.status =
      (error as Error).name === 'TimeoutError' ? 'timed out' : 'failed to connect to host';
  }
  delivery.durationS = Math.round(performance.now() - startedAtMs) / 1000;
}

/** The first thing a new hook says. */
export function ping(world: World, repository: Repository, hook: Hook, actor: Actor): void {
  send(world, hook, {
    event: 'ping',
    action: null,
    payload: {
      zen: 'Keep it logically awesome.',
      hook_id: hook.id,
      hook: showHook(`${apiUrl(world, repository)}/hooks`, hook),
      repository: showRepository(world, repository),
      sender: showAccount(world, actor.account),
    },
    repository,
    installationId: null,
  });
}

/** The same GUID and payload once more, as a delivery of its own. */
export function redeliver(world: World, hook: Hook, old: Delivery): void {
  const again: Delivery = {
    ...old,
    id: world.nextId(),
    atMs: world.clock.now(),
    redelivery: true,
    durationS: 0,
    statusCode: 0,
    status: 'pending',
    responseHeaders: {},
    responseText: '',
  };
  hook.deliveries.unshift(again);
  dispatch(world, hook, again);
}
