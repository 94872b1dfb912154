/** What the gateway's metrics say of a revision. */
import assert from 'node:assert/strict';
import { revisionCounters } from '../../../src/adapters/kubernetes/gateway-metrics.js';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';

const labels = (more: string, service = 'shop-checkout-a-http-80@kubernetesgateway') =>
  `{method="GET",protocol="http",service="${service}",${more}}`;
const text = [
  'process_start_time_seconds 1.7e+09',
  `traefik_service_requests_total${labels('code="200"')} 90`,
  `traefik_service_requests_total${labels('code="502"')} 7`,
  `traefik_service_requests_total${labels('code="404"')} 3`,
  `traefik_service_requests_total${labels('code="500"', 'shop-checkout-a-b-http-80@kubernetesgateway')} 50`,
  ...['200', '502'].flatMap((code) => [
    `traefik_service_request_duration_seconds_bucket${labels(`code="${code}",le="0.1"`)} 40`,
    `traefik_service_request_duration_seconds_bucket${labels(`code="${code}",le="1.2"`)} 45`,
    `traefik_service_request_duration_seconds_bucket${labels(`code="${code}",le="+Inf"`)} 50`,
  ]),
].join('\n');

describe('metrics of the gateway', () => {
  const lines = parsePrometheusText(text, 'gateway');
  const read = (service: string) => revisionCounters(lines, 'shop', service, 'a').instances;

  it('are one pseudo-instance for each revision, of its own Service only', () => {
    assert.deepEqual(read('checkout-a'), [
      {
        instance: 'checkout-a@1700000000',
        requests: 100,
        errors: 7,
        buckets: [
          { leMs: 100, count: 80 },
          { leMs: 1200, count: 90 },
        ],
        inFlight: 0,
        inFlightOlder: [],
      },
    ]);
    assert.equal(read('checkout-a-b')[0]?.errors, 50);
  });

  it('are silent about a revision that nobody asked anything', () => {
    assert.deepEqual(read('checkout-c'), []);
  });
});
