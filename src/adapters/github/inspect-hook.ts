/** Whether GitHub's webhooks reach us: events, address, and how the last deliveries went. */
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import type { GithubClient } from './client.js';

/** What the flows wake up by. Whatever is not delivered is found by the next sweep, late. */
export const wantedEvents: readonly string[] = [
  ...['push', 'pull_request', 'pull_request_review', 'issues', 'issue_comment', 'label'],
  ...['check_run', 'check_suite', 'status', 'merge_group', 'branch_protection_rule'],
  ...['repository_ruleset', 'deployment_protection_rule', 'deployment_review', 'milestone'],
  'repository',
];
const path = '/v1/webhooks/github';

export async function inspectEvents(client: GithubClient): Promise<readonly Finding[]> {
  const { data } = await client.self.rest.apps.getAuthenticated();
  const has = data?.events ?? [];
  const missing = has.includes('*') ? [] : wantedEvents.filter((event) => !has.includes(event));
  const subject = 'events';
  if (missing.length === 0)
    return [{ subject, state: 'ok', seen: `${wantedEvents.length} chosen` }];
  return [
    {
      ...{ subject, state: 'warning', seen: `not chosen: ${missing.join(', ')}` },
      next: 'choose them in the App’s Permissions & events, Subscribe to events',
    },
  ];
}

export async function inspectAppHook(client: GithubClient): Promise<readonly Finding[]> {
  const { apps } = client.self.rest;
  const config = await apps.getWebhookConfigForApp().then(
    ({ data }) => data,
    (error: unknown) => {
      if (error instanceof Failure && error.code === 'NotFound') return null;
      throw error;
    },
  );
  const subject = 'webhook';
  const settings = 'the App’s General settings, Webhook';
  if (config === null || !config.url) {
    const next = `${settings}: active, URL https://<your API>${path}, a secret`;
    return [{ subject, state: 'fault', seen: 'there is none', next }];
  }
  const found: Finding[] = [];
  const fault = (seen: string, next: string) => found.push({ subject, state: 'fault', seen, next });
  if (!config.url.endsWith(path)) {
    fault(`it goes to ${config.url}`, `${settings}: let the URL end with ${path}`);
  }
  if (!config.secret) {
    fault('it has no secret', `${settings}: write the secret of github.webhookSecrets there`);
  }
  if (config.content_type !== undefined && config.content_type !== 'json') {
    fault(`it sends ${config.content_type}`, `${settings}: content type application/json`);
  }
  if (String(config.insecure_ssl ?? '0') !== '0') {
    fault('it does not verify certificates', `${settings}: enable SSL verification`);
  }
  if (found.length === 0) found.push({ subject, state: 'ok', seen: config.url });
  return [...found, await inspectDeliveries(client, config.url)];
}

async function inspectDeliveries(client: GithubClient, url: string): Promise<Finding> {
  const { data } = await client.self.rest.apps.listWebhookDeliveries({ per_page: 50 });
  const subject = 'deliveries';
  const [last] = data;
  if (last === undefined) {
    return {
      ...{ subject, state: 'warning', seen: 'nothing was delivered yet' },
      next: 'the App’s Advanced settings: redeliver the ping, then run this again',
    };
  }
  const isGood = (status: number) => status >= 200 && status < 300;
  const failed = data.filter(({ status_code: status }) => !isGood(status));
  const seen = `${failed.length} of the last ${data.length} failed, the newest answered ${last.status_code || 'nothing'}`;
  if (isGood(last.status_code)) {
    const state = failed.length === 0 ? 'ok' : 'warning';
    if (state === 'ok') return { subject, state, seen };
    return { subject, state, seen, next: 'nothing at once: the next sweep asks for them again' };
  }
  return { subject, state: 'fault', seen, next: adviceOn(last.status_code, url) };
}

function adviceOn(status: number, url: string): string {
  switch (status) {
    case 0:
      return `let GitHub reach ${url}: DNS, certificate, firewall, and the API process itself`;
    case 401:
    case 403:
      return 'write the same secret into the App’s webhook and where github.webhookSecrets says';
    case 404:
      return `let the URL end with ${path}, and a proxy in between hand it on`;
    default:
      return `look into the log of the API process at ${url}`;
  }
}
