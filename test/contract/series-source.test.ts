/** The contract of measured series over every source; answers have the form of the vendors' documented responses. */
import { createCloudwatchSeries } from '../../src/adapters/cloudwatch/series-source.js';
import { createDatadogSeries } from '../../src/adapters/datadog/series-source.js';
import { createJsonSeries } from '../../src/adapters/json/series-source.js';
import { createNewRelicSeries } from '../../src/adapters/newrelic/series-source.js';
import { createPrometheusSeries } from '../../src/adapters/prometheus/series-source.js';
import { secret, seriesSourceContract, startMs } from './series-source.contract.js';

const headersOf = (headers: Readonly<Record<string, string>>) => async () => {
  return { headers, secrets: Object.values(headers) };
};

const sample = (value: number | null) => [startMs / 1000, value === null ? 'NaN' : String(value)];
const vector = (values: readonly (number | null)[], more: object = {}) => {
  const result = values.map((value, n) => {
    return { metric: { pod: `checkout-${n}` }, value: sample(value) };
  });
  return { status: 'success', data: { resultType: 'vector', result }, ...more };
};

seriesSourceContract({
  name: 'Prometheus',
  open: (url, web) =>
    createPrometheusSeries({ url, web, headers: headersOf({ authorization: `Bearer ${secret}` }) }),
  query: 'avg by (pod) (queue_lag{revision="{{revision}}"})',
  answer: vector,
  partial: (values) => vector(values, { warnings: ['store-1 did not answer'] }),
  refused: { status: 401, body: { error: 'no such token %' }, said: /401: no such token …/ },
  malformed: [
    { status: 'error', errorType: 'bad_data', error: 'parse error' },
    { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } },
    [],
  ],
});

const point = (value: number | null, n: number) => {
  return {
    unit: null,
    pointlist: [
      [startMs - 40_000, 99],
      [startMs - 20_000, value],
      [startMs, null],
    ].slice(value === null ? 2 : 0),
    end: startMs,
    interval: 20,
    length: 3,
    aggr: 'avg',
    metric: 'queue.lag',
    tag_set: [`pod_name:checkout-${n}`],
    expression: `avg:queue.lag{version:1,pod_name:checkout-${n}}`,
    scope: `pod_name:checkout-${n}`,
    display_name: 'queue.lag',
  };
};

seriesSourceContract({
  name: 'Datadog',
  open: (url, web, now) =>
    createDatadogSeries({
      ...{ url, web, now },
      headers: headersOf({ 'DD-API-KEY': secret, 'DD-APPLICATION-KEY': `${secret}-2` }),
    }),
  query: 'avg:queue.lag{service:{{service}},version:{{revision}}} by {pod_name}',
  answer: (values) => {
    const dates = { from_date: startMs - 300_000, to_date: startMs };
    const group_by = ['pod_name'];
    return {
      ...{ status: 'ok', res_type: 'time_series', resp_version: 1, query: '', message: '' },
      ...{ ...dates, group_by, series: values.map(point), values: [], times: [] },
    };
  },
  partial: null,
  refused: { status: 403, body: { errors: ['Forbidden %'] }, said: /403: Forbidden …/ },
  malformed: [
    { status: 'error', error: 'Rule error: unknown metric' },
    { status: 'ok', series: [{ pointlist: [[1]] }] },
    { data: {} },
  ],
});

const rows = (results: readonly unknown[]) => {
  return { data: { actor: { account: { nrql: { results } } } } };
};

seriesSourceContract({
  name: 'New Relic',
  open: (url, web) =>
    createNewRelicSeries({
      ...{ url, web, account: 1234567 },
      headers: headersOf({ 'API-Key': secret }),
    }),
  query:
    "SELECT average(lag) FROM Queue WHERE version = '{{revision}}' FACET host SINCE 1 minute ago",
  answer: (values) =>
    rows(
      values.map((value, n) => {
        return { facet: `host-${n}`, 'average.lag': value, host: `host-${n}` };
      }),
    ),
  partial: null,
  refused: {
    status: 401,
    body: { errors: [{ message: 'The API key % is not valid' }] },
    said: /401: The API key … is not valid/,
  },
  malformed: [
    {
      data: { actor: { account: { nrql: null } } },
      errors: [{ message: 'NRQL Syntax Error', extensions: { errorClass: 'SERVER_ERROR' } }],
    },
    rows([{ 'average.lag': 1, 'max.lag': 2 }]),
    rows([{ beginTimeSeconds: 1, endTimeSeconds: 2, 'average.lag': 1 }]),
    { data: null },
  ],
});

const metricData = (values: readonly (number | null)[], StatusCode = 'Complete') => {
  return {
    MetricDataResults: values.map((value, n) => {
      const Values = value === null ? [] : [value, 99];
      const Timestamps = Values.map((_, at) => startMs / 1000 - 60 * (at + 1));
      return { Id: `q${n}`, Label: 'Lag', Timestamps, Values, StatusCode };
    }),
    Messages: [] as object[],
  };
};

seriesSourceContract({
  name: 'CloudWatch',
  open: (url, web, now) =>
    createCloudwatchSeries({
      ...{ region: 'eu-central-1', endpoint: url, web, now },
      keys: async () => {
        return { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret };
      },
    }),
  query: {
    ...{ namespace: 'Shop', metric: 'Lag', statistic: 'Average', periodMs: 60_000 },
    dimensions: { Revision: '{{revision}}', Instance: '{{instances}}' },
  },
  answer: (values) => metricData(values),
  partial: (values) => {
    const Messages = [{ Code: 'InternalError', Value: 'store-1 did not answer' }];
    return { ...metricData(values, 'PartialData'), Messages };
  },
  refused: {
    status: 403,
    body: { __type: 'com.amazonaws#InvalidClientTokenId', message: 'The token % is invalid' },
    said: /403 .*The token … is invalid/,
  },
  malformed: [{}, []],
});

seriesSourceContract({
  name: 'http://127.0.0.1',
  open: (url, web) =>
    createJsonSeries({ url: `${url}/api`, web, headers: headersOf({ 'x-key': secret }) }),
  query: {
    path: '/lag?service={{service}}&revision={{revision}}',
    value: "$.revisions['{{revision}}'].pods[*].lag",
  },
  answer: (values) => {
    const pods = values.map((lag) => ({ lag }));
    return { revisions: { 'rev-c': { pods }, 'rev-s': { pods } } };
  },
  partial: null,
  refused: { status: 401, body: { error: '%' }, said: /answered 401;/ },
  malformed: [
    { revisions: { 'rev-c': { pods: [{ lag: 'high' }] }, 'rev-s': { pods: [{ lag: true }] } } },
    { revisions: { 'rev-c': { pods: [{ lag: {} }] }, 'rev-s': { pods: [{ lag: [] }] } } },
  ],
});
