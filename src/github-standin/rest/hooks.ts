/** Webhooks of repositories and of apps: set up, asked for their log, sent again. */
import { redeliver, ping } from '../acts/hooks.js';
import { invalidField, invalidFor, notFound } from '../problem.js';
import { showDelivery, showDeliveryItem, showHook, showHookConfig } from '../present/hook.js';
import { apiUrl } from '../present/repository.js';
import type { Delivery, Hook } from '../state.js';
import {
  type Call,
  created,
  flag,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  type Reply,
  texts,
} from './call.js';

const hooks = '/repos/{owner}/{repo}/hooks';
const dayMs = 86_400_000;

const baseOf = (call: Call) => `${apiUrl(call.world, call.repository())}/hooks`;

function repositoryHook(call: Call): Hook {
  const found = call.repository().hooks.get(numberParam(call, 'hook_id'));
  if (found === undefined) throw notFound();
  return found;
}

function appHook(call: Call): Hook {
  const hook = call.actor.app?.hook;
  if (hook === undefined || hook === null) throw notFound();
  return hook;
}

/** Pages of deliveries go by cursor, newest first; older than three days are forgotten. */
function listDeliveries(call: Call, hook: Hook): Reply {
  const since = call.world.clock.now() - 3 * dayMs;
  const perPage = Math.min(100, Number(call.query['per_page'] ?? 30) || 30);
  const cursor = Number(call.query['cursor'] ?? Number.POSITIVE_INFINITY);
  const rows = hook.deliveries.filter(({ atMs, id }) => atMs >= since && id <= cursor);
  const next = rows[perPage];
  const path =
    call.params['repo'] === undefined
      ? `${call.world.url}/app/hook/deliveries`
      : `${call.world.url}/repositories/${call.repository().id}/hooks/${hook.id}/deliveries`;
  const link = `<${path}?per_page=${perPage}&cursor=${next?.id}>; rel="next"`;
  return {
    status: 200,
    body: rows.slice(0, perPage).map(showDeliveryItem),
    ...(next === undefined ? {} : { headers: { link } }),
  };
}

function deliveryOf(call: Call, hook: Hook): Delivery {
  const id = numberParam(call, 'delivery_id');
  const found = hook.deliveries.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function again(call: Call, hook: Hook): Reply {
  const old = deliveryOf(call, hook);
  if (old.atMs < call.world.clock.now() - 3 * dayMs) throw invalidField('HookDelivery', 'id');
  redeliver(call.world, hook, old);
  return { status: 202, body: {} };
}

function readConfig(call: Call, old: Hook['config'] | null): Hook['config'] {
  const given = (call.body['config'] ?? {}) as Partial<Hook['config']>;
  const url = given.url ?? old?.url;
  if (url === undefined) throw invalidField('Hook', 'url', 'missing_field');
  return {
    url,
    content_type: given.content_type ?? old?.content_type ?? 'form',
    insecure_ssl: String(given.insecure_ssl ?? old?.insecure_ssl ?? '0'),
    secret: given.secret ?? old?.secret ?? null,
  };
}

function create(call: Call): Reply {
  const repository = call.repository();
  const config = readConfig(call, null);
  const same = [...repository.hooks.values()].some((one) => one.config.url === config.url);
  if (same) throw invalidFor('Hook', 'Hook already exists on this repository');
  const at = call.world.clock.now();
  const hook: Hook = {
    id: call.world.nextId(),
    createdAtMs: at,
    updatedAtMs: at,
    active: flag(call, 'active') ?? true,
    events: texts(call, 'events') ?? ['push'],
    config,
    deliveries: [],
  };
  repository.hooks.set(hook.id, hook);
  ping(call.world, repository, hook, call.actor);
  return created(showHook(baseOf(call), hook));
}

const manage = 'repository_hooks:write';
const look = 'repository_hooks:read';

/** Of an app: by its JWT alone. */
const ofApp = (id: string, route: string, handle: Operation['handle']): Operation => ({
  ...operation(id, route, null, handle),
  isOfApp: true,
});

export const hookOperations: readonly Operation[] = [
  operation('repos/list-webhooks', `GET ${hooks}`, look, (call) =>
    ok([...call.repository().hooks.values()].map((hook) => showHook(baseOf(call), hook))),
  ),
  operation('repos/create-webhook', `POST ${hooks}`, manage, create),
  operation('repos/get-webhook', `GET ${hooks}/{hook_id}`, look, (call) =>
    ok(showHook(baseOf(call), repositoryHook(call))),
  ),
  operation('repos/update-webhook', `PATCH ${hooks}/{hook_id}`, manage, (call) => {
    const hook = repositoryHook(call);
    hook.active = flag(call, 'active') ?? hook.active;
    hook.events = texts(call, 'events') ?? hook.events;
    hook.config = readConfig(call, hook.config);
    hook.updatedAtMs = call.world.clock.now();
    return ok(showHook(baseOf(call), hook));
  }),
  operation('repos/delete-webhook', `DELETE ${hooks}/{hook_id}`, manage, (call) => {
    call.repository().hooks.delete(repositoryHook(call).id);
    return noContent;
  }),
  operation('repos/ping-webhook', `POST ${hooks}/{hook_id}/pings`, look, (call) => {
    ping(call.world, call.repository(), repositoryHook(call), call.actor);
    return noContent;
  }),
  operation('repos/list-webhook-deliveries', `GET ${hooks}/{hook_id}/deliveries`, look, (call) =>
    listDeliveries(call, repositoryHook(call)),
  ),
  operation(
    'repos/get-webhook-delivery',
    `GET ${hooks}/{hook_id}/deliveries/{delivery_id}`,
    look,
    (call) => ok(showDelivery(repositoryHook(call), deliveryOf(call, repositoryHook(call)))),
  ),
  operation(
    'repos/redeliver-webhook-delivery',
    `POST ${hooks}/{hook_id}/deliveries/{delivery_id}/attempts`,
    manage,
    (call) => again(call, repositoryHook(call)),
  ),
  ofApp('apps/get-webhook-config-for-app', 'GET /app/hook/config', (call) =>
    ok(showHookConfig(appHook(call))),
  ),
  ofApp('apps/list-webhook-deliveries', 'GET /app/hook/deliveries', (call) =>
    listDeliveries(call, appHook(call)),
  ),
  ofApp('apps/get-webhook-delivery', 'GET /app/hook/deliveries/{delivery_id}', (call) =>
    ok(showDelivery(appHook(call), deliveryOf(call, appHook(call)))),
  ),
  ofApp(
    'apps/redeliver-webhook-delivery',
    'POST /app/hook/deliveries/{delivery_id}/attempts',
    (call) => again(call, appHook(call)),
  ),
];
