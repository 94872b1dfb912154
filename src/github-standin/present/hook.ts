/** Webhooks and their log of deliveries as REST shows them. */
import { timeText } from '../clock.js';
import type { Delivery, Hook } from '../state.js';

/** The secret is never told again. */
export function showHookConfig({ config }: Hook) {
  return {
    url: config.url,
    content_type: config.content_type,
    insecure_ssl: config.insecure_ssl,
    ...(config.secret === null ? {} : { secret: '********' }),
  };
}

export function showHook(base: string, hook: Hook) {
  const url = `${base}/${hook.id}`;
  const last = hook.deliveries.find(({ status }) => status !== 'pending');
  return {
    type: 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: showHookConfig(hook),
    updated_at: timeText(hook.updatedAtMs),
    created_at: timeText(hook.createdAtMs),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: {
      code: last === undefined ? null : last.statusCode,
      status: last === undefined ? 'unused' : last.statusCode === 200 ? 'active' : 'error',
      message: last === undefined ? null : last.status,
    },
  };
}

export function showDeliveryItem(one: Delivery) {
  return {
    id: one.id,
    guid: one.guid,
    delivered_at: new Date(one.atMs).toISOString(),
    redelivery: one.redelivery,
    duration: one.durationS,
    status: one.status,
    status_code: one.statusCode,
    event: one.event,
    action: one.action,
    installation_id: one.installationId,
    repository_id: one.repositoryId,
    throttled_at: null,
  };
}

export function showDelivery(hook: Hook, one: Delivery) {
  return {
    ...showDeliveryItem(one),
    url: hook.config.url,
    request: { headers: one.requestHeaders, payload: one.payload },
    response: {
      headers: Object.keys(one.responseHeaders).length === 0 ? null : one.responseHeaders,
      payload: one.responseText,
    },
  };
}
