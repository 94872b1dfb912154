/** GitHub's log of the webhooks that it sent, or tried to send, to the App. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import type { Deliveries, Delivery } from '../../ports/code-host/deliveries.js';
import type { GithubClient } from './client.js';
import { readPages } from './pages.js';

type DeliveryAnswer = Rest['apps']['listWebhookDeliveries']['response']['data'][number];

export function createGithubDeliveries(client: GithubClient): Deliveries {
  function needApp(): void {
    if (client.credentials.kind === 'app') return;
    throw new Failure('Forbidden', 'only a GitHub App has a log of its deliveries', {
      ...{ where: 'github.token', next: 'set up a GitHub App: docs/github.md' },
    });
  }

  return {
    async listDeliveries(sinceMs) {
      needApp();
      const { listWebhookDeliveries } = client.self.rest.apps;
      const found: Delivery[] = [];
      for await (const page of readPages(client.self, listWebhookDeliveries, {})) {
        const deliveries = page.map(toDelivery);
        found.push(...deliveries.filter(({ deliveredAtMs }) => deliveredAtMs >= sinceMs));
        const last = deliveries.at(-1);
        if (last === undefined || last.deliveredAtMs < sinceMs) break;
      }
      return found;
    },

    async redeliver(id) {
      needApp();
      await client.self.request('POST /app/hook/deliveries/{delivery_id}/attempts', {
        // More digits than a number of this language holds.
        delivery_id: id as unknown as number,
      });
    },
  };
}

function toDelivery(answer: DeliveryAnswer): Delivery {
  return {
    ...{ id: String(answer.id), guid: answer.guid, event: answer.event, action: answer.action },
    ...{ deliveredAtMs: Date.parse(answer.delivered_at), status: answer.status_code },
  };
}
