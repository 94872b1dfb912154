/** Measured series out of CloudWatch: the newest value of a metric, or of one for each instance. */
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { Failure } from '../../domain/failures.js';
import { type Asked, quoteSaid, unanswered } from '../../domain/series/asked.js';
import { dataText } from '../../domain/series/languages.js';
import {
  type CloudwatchQuery,
  describeQuery,
  type QueryValues,
} from '../../domain/series/series.js';
import { readSides, type SideReading } from '../../domain/series/sides.js';
import { fillText } from '../../domain/series/template.js';
import type { SeriesSource } from '../../ports/series-source.js';
import type { Web } from '../../ports/web.js';
import { guardedHandler } from './guarded-handler.js';

/** What is older than so many periods is not of now. */
const periodsBack = 5;

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface CloudwatchOptions {
  readonly region: string;
  readonly web: Web;
  /** Read anew whenever the client asks; left out: the SDK finds them as it does everywhere (role, profile, environment). */
  readonly keys?: (() => Promise<AwsKeys>) | undefined;
  /** Instead of the region's. */
  readonly endpoint?: string;
  readonly now?: () => number;
}

export function createCloudwatchSeries(options: CloudwatchOptions): SeriesSource {
  const { region, web, keys, endpoint, now = Date.now } = options;
  const nobody: Asked = { source: `CloudWatch ${region}`, query: '', secrets: [] };
  const handler = guardedHandler(web, (given) => (given as { asked?: Asked }).asked ?? nobody);
  const client = new CloudWatchClient({
    region,
    // The watch looks again anyway, and a busy API is not to be asked twice.
    maxAttempts: 1,
    requestHandler: handler,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(keys === undefined ? {} : { credentials: keys }),
  });

  async function ask(query: CloudwatchQuery, values: QueryValues): Promise<SideReading> {
    const read = await keys?.();
    const secrets = read ? [read.secretAccessKey, read.sessionToken ?? ''] : [];
    const asks = queriesOf(query, values);
    const filled = asks.map(({ dimensions }) => describeQuery({ ...query, dimensions }));
    const asked: Asked = { source: `CloudWatch ${region}`, query: filled.join('; '), secrets };
    const endMs = now();
    const command = new GetMetricDataCommand({
      MetricDataQueries: asks.map(({ dimensions }, n) => metricQuery(query, dimensions, n)),
      StartTime: new Date(endMs - periodsBack * query.periodMs),
      EndTime: new Date(endMs),
      ScanBy: 'TimestampDescending',
    });
    const answer = await client.send(command, { asked } as object).catch((error: unknown) => {
      throw failureOf(error, asked);
    });
    return readingOf(answer, asked);
  }

  return {
    readSeries: (query, context) =>
      readSides(query, context, (values) => ask(query as CloudwatchQuery, values)),
    close: async () => {
      client.destroy();
      await web.close();
    },
  };
}

/** One for each instance where a dimension is the instances. */
function queriesOf({ dimensions }: CloudwatchQuery, values: QueryValues) {
  const isEach = (text: string) => /^\{\{\s*instances\s*\}\}$/.test(text);
  const list = Object.values(dimensions).some(isEach) ? values.instances : [''];
  return list.map((instance) => ({
    dimensions: Object.fromEntries(
      Object.entries(dimensions).map(([name, text]) => [
        name,
        isEach(text) ? instance : fillText(text, dataText, values),
      ]),
    ),
  }));
}

function metricQuery(
  { namespace, metric, statistic, periodMs }: CloudwatchQuery,
  dimensions: Readonly<Record<string, string>>,
  n: number,
): MetricDataQuery {
  return {
    Id: `q${n}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodMs / 1000,
      Stat: statistic,
    },
  };
}

function readingOf(
  { MetricDataResults, Messages }: GetMetricDataCommandOutput,
  asked: Asked,
): SideReading {
  if (MetricDataResults === undefined) throw unanswered(asked, 'did not answer with metric data');
  const newest = MetricDataResults.flatMap(({ Timestamps = [], Values = [] }) => {
    const [at, value] = [Timestamps[0], Values[0]];
    return at === undefined || value === undefined ? [] : [{ atMs: at.getTime(), value }];
  });
  const notWhole = MetricDataResults.filter(({ StatusCode }) => StatusCode !== 'Complete');
  const said = [...(Messages ?? []), ...notWhole.flatMap((one) => one.Messages ?? [])]
    .map(({ Value }) => Value)
    .join('; ');
  const isWhole = notWhole.length === 0 && (Messages ?? []).length === 0;
  const gap = `CloudWatch answered in part${quoteSaid(said, asked)}`;
  return {
    values: newest.map(({ value }) => value),
    ...(newest.length > 0 && { atMs: Math.min(...newest.map(({ atMs }) => atMs)) }),
    ...(isWhole ? {} : { gap }),
  };
}

function failureOf(error: unknown, asked: Asked): Failure {
  if (error instanceof Failure) return error;
  const { name, message, $metadata } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return unanswered(asked, `was not asked (${name})`);
  if (status < 300) return unanswered(asked, 'did not answer with metric data');
  return unanswered(asked, `answered ${status} ${name}${quoteSaid(message, asked)}`);
}
