/** How the systems that hold metrics are written down: where they are, and where their credentials lie. */
import { z } from 'zod';
import { urlText } from '../domain/schema-parts.js';
import { credentialSchema } from './credential-schema.js';

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const secretName = /auth|token|key|secret|cookie|password|session/i;
/** The connection makes these, and a body's length is what it is. */
const ownNames =
  /^(?:host|connection|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect)$/i;

const headersSchema = z
  .record(z.string(), z.union([z.string().regex(/^[\x20-\x7e]*$/), credentialSchema]))
  .refine((headers) => Object.keys(headers).every((name) => headerName.test(name)), {
    error: 'names of headers such as X-Scope-OrgID',
  })
  .refine((headers) => !Object.keys(headers).some((name) => ownNames.test(name)), {
    error: 'no headers that the connection itself sets',
  })
  .refine(
    (headers) =>
      Object.entries(headers).every(
        ([name, value]) => typeof value !== 'string' || !secretName.test(name),
      ),
    { error: 'a header of that name only as {env: NAME} or {file: path}' },
  )
  .meta({ propertyNames: { type: 'string', pattern: headerName.source } })
  .describe('Sent with every query: a text, or where a credential lies.');

const filePath = z.string().min(1);

/** Without the pair a server cannot tell who asks. */
const tlsSchema = z
  .strictObject({
    ca: filePath
      .optional()
      .describe('Who signs the server’s certificate; default: the usual ones.'),
    cert: filePath.optional().describe('Our certificate.'),
    key: filePath.optional().describe('Its key.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'cert and key together',
  })
  .describe('Paths of PEM files.');

const plainUrl = urlText.refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), {
  error: 'a URL without a user in it: write auth',
});

const authSchema = z
  .union([
    credentialSchema,
    z.strictObject({ username: z.string().min(1), password: credentialSchema }),
  ])
  .describe('A bearer token, or a user with a password.');

const readsPerSecond = z
  .number()
  .min(0.1)
  .max(1000)
  .optional()
  .describe('Requests a second that each worker may send, however many rollouts ask; default: 20.');

const asked = {
  readsPerSecond,
  auth: authSchema.optional(),
  headers: headersSchema.optional(),
  tls: tlsSchema.optional(),
};

const prometheusSchema = z.strictObject({ kind: z.literal('prometheus'), url: urlText, ...asked });

const jsonSchema = z.strictObject({
  kind: z.literal('json'),
  url: plainUrl.describe('What the path of a query is put behind.'),
  ...asked,
});

const datadogSchema = z.strictObject({
  kind: z.literal('datadog'),
  site: z
    .string()
    .regex(/^(?:[a-z0-9]+\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/, {
      error: 'a site such as datadoghq.eu or us5.datadoghq.com',
    })
    .default('datadoghq.com'),
  readsPerSecond,
  apiKey: credentialSchema,
  applicationKey: credentialSchema.describe('With the permission timeseries_query.'),
});

const cloudwatchSchema = z.strictObject({
  kind: z.literal('cloudwatch'),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, { error: 'a region such as eu-central-1' }),
  readsPerSecond,
  keys: z
    .strictObject({
      accessKeyId: credentialSchema,
      secretAccessKey: credentialSchema,
      sessionToken: credentialSchema.optional(),
    })
    .optional()
    .describe('Default: what the worker runs as (role, profile, environment).'),
});

const newRelicSchema = z.strictObject({
  kind: z.literal('newrelic'),
  account: z.int().min(1),
  region: z.enum(['us', 'eu']).default('us'),
  apiKey: credentialSchema.describe('A user key.'),
  readsPerSecond,
});

export const metricSourceSchema = z.discriminatedUnion('kind', [
  prometheusSchema,
  datadogSchema,
  cloudwatchSchema,
  newRelicSchema,
  jsonSchema,
]);

/** As entries of `metrics` were always written. */
export const counterStoreSchema = prometheusSchema;

export type MetricSourceSettings = z.output<typeof metricSourceSchema>;
