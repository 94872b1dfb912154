/** Series of the API under which each of its alerts fires, and such under which it must not. */
import type { AlertCase } from './alert-case.js';

const answered = (status: string) =>
  `sluice_api_requests_total{method="GET", route="/v1/releases", status="${status}", instance="a"}`;
const answeredIn = (le: string) =>
  `sluice_api_request_duration_seconds_bucket{route="/v1/releases", le="${le}"}`;
const refused = (limit: string) => `sluice_api_refusals_total{limit="${limit}"}`;
const delivered = (outcome: string) => `sluice_api_webhook_deliveries_total{outcome="${outcome}"}`;

export const apiAlertCases: readonly AlertCase[] = [
  {
    alert: 'SluiceApiFails',
    title: 'one request in ten',
    series: { [answered('2xx')]: '0+90x80', [answered('5xx')]: '0+10x80' },
    at: '15m',
    fires: {},
  },
  {
    alert: 'SluiceApiFails',
    title: 'many faults of callers and few of its own',
    series: {
      [answered('2xx')]: '0+90x80',
      [answered('4xx')]: '0+50x80',
      [answered('5xx')]: '0+3x80',
    },
    at: '15m',
    fires: null,
  },
  {
    alert: 'SluiceApiSlow',
    title: 'one request in ten takes longer than 2.5 s',
    series: {
      [answeredIn('1')]: '0+90x100',
      [answeredIn('2.5')]: '0+90x100',
      [answeredIn('5')]: '0+100x100',
      [answeredIn('+Inf')]: '0+100x100',
    },
    at: '20m',
    fires: {},
  },
  {
    alert: 'SluiceApiSlow',
    title: 'one request in fifty',
    series: {
      [answeredIn('1')]: '0+98x100',
      [answeredIn('2.5')]: '0+98x100',
      [answeredIn('5')]: '0+100x100',
      [answeredIn('+Inf')]: '0+100x100',
    },
    at: '20m',
    fires: null,
  },
  {
    alert: 'SluiceApiRefuses',
    title: 'a script that polls too fast',
    series: { [refused('rate')]: '0+20x100', [refused('bytes')]: '0x100' },
    at: '20m',
    fires: { limit: 'rate' },
  },
  {
    alert: 'SluiceApiRefuses',
    title: 'a burst that is over',
    series: { [refused('rate')]: '0x20 300x80' },
    at: '20m',
    fires: null,
  },
  {
    alert: 'SluiceApiBehind',
    title: 'one of two replicas',
    series: {
      'sluice_api_loop_lag_seconds{instance="a"}': '0.9x40',
      'sluice_api_loop_lag_seconds{instance="b"}': '0.01x40',
    },
    at: '5m',
    fires: {},
  },
  {
    alert: 'SluiceApiBehind',
    title: 'a moment',
    series: { 'sluice_api_loop_lag_seconds{instance="a"}': '0x10 0.9x3 0x30' },
    at: '5m',
    fires: null,
  },
  {
    alert: 'SluiceWebhooksFail',
    title: 'a secret that was changed on one side',
    series: { [delivered('refused')]: '0+1x80', [delivered('accepted')]: '0+5x80' },
    at: '20m',
    fires: { outcome: 'refused' },
  },
  {
    alert: 'SluiceWebhooksFail',
    title: 'deliveries that come twice, and one that failed',
    series: { [delivered('duplicate')]: '0+9x80', [delivered('failed')]: '0x20 1x60' },
    at: '20m',
    fires: null,
  },
];
