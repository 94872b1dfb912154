/** The written form of `sluice.yaml`; what is left out here gets its default when a pipeline is resolved. */
import { z } from 'zod';
import { healthSchema } from '../domain/analysis/schema.js';
import { namePattern } from '../domain/names.js';
import { pathText, smokeTestSchema } from '../domain/rollout/gate-schema.js';
import { strategySchema } from '../domain/rollout/schema.js';
import { repositorySchema } from '../domain/repository/policy-schema.js';
import { durationText, nameText, urlText } from '../domain/schema-parts.js';
import { accessSchema } from './access-schema.js';
import { alertsSchema } from './alerts-schema.js';
import { credentialSchema } from './credential-schema.js';
import { githubSchema } from './github-schema.js';
import { gitopsPlatformSchema } from './gitops-platform-schema.js';
import { kubernetesPlatformSchema } from './kubernetes-platform-schema.js';
import { counterStoreSchema, metricSourceSchema } from './metric-source-schema.js';
import { migrationSchema } from './migration-schema.js';

const playgroundSchema = z.strictObject({
  kind: z.literal('playground'),
  url: urlText.optional().describe('Default: the playground that `sluice up` starts.'),
  token: credentialSchema.optional(),
});

const platformSchema = z.discriminatedUnion('kind', [
  playgroundSchema,
  kubernetesPlatformSchema,
  gitopsPlatformSchema,
]);

const environmentValue = z.union([z.string(), z.number(), z.boolean()], {
  error: 'a text, number or boolean',
});

const instancesNumber = z.int().min(1).max(1000);

const configPolicy = z.enum(['reference', 'copy']).default('reference');

const workloadSchema = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1, { error: 'a program and its arguments' })
    .optional()
    .describe('{artifact} and {version} are filled in; the port to listen on is in PORT.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), environmentValue)
    .default({})
    .describe('Plain values only: they are recorded with every release.'),
  artifact: z
    .string()
    .min(1)
    .optional()
    .describe('Path from `directory`, with {version}; its SHA-256 must be the digest released.'),
  directory: z.string().min(1).default('.').describe("From this file's folder."),
  instances: instancesNumber.default(3),
  healthPath: pathText.default('/healthz'),
  deployment: nameText
    .optional()
    .describe('On Kubernetes, instead of a command: the Deployment to copy for each revision.'),
  config: z
    .strictObject({
      configMaps: configPolicy.describe('copy: a rollback brings the old ones back.'),
      secrets: configPolicy.describe('copy needs deploy/kubernetes/rbac-secrets.yaml.'),
    })
    .optional()
    .describe('On Kubernetes: what the Deployment’s ConfigMaps and Secrets are to a revision.'),
  migration: migrationSchema
    .optional()
    .describe('On Kubernetes: run once for every version before it is deployed.'),
  antiAffinity: z
    .enum(['none', 'preferred', 'required'])
    .optional()
    .describe('On Kubernetes: keep revisions off each other’s nodes; default: none.'),
});

const serviceSchema = z.strictObject({
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, { error: 'owner/name' })
    .optional(),
  workload: workloadSchema,
  environments: z
    .array(nameText)
    .min(1)
    .optional()
    .describe('Where this service goes; default: every environment, always in pipeline order.'),
});

const approvalsSchema = z.strictObject({
  required: z.int().min(1).max(20).default(1),
  approvers: z
    .array(z.string().min(1))
    .default([])
    .describe('Names or team:<name>; none: anybody whose token may approve.'),
  minimumWait: durationText.prefault('0s'),
  deadline: durationText.nullable().prefault('7d').describe('null waits for ever.'),
  acceptClaims: z
    .boolean()
    .optional()
    .describe('Count approvals typed into the Temporal UI; default: only with `sluice up`.'),
  fromGithub: z
    .record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, { error: 'a login' }),
      z.string().min(1),
    )
    .optional()
    .describe('Whose reviews of deployments at GitHub count, and as whom: login → approver.'),
});

const regionSchema = z.strictObject({
  platform: nameText.optional().describe('Default: the environment’s.'),
  instances: instancesNumber.optional().describe('Full scale in this region.'),
  soak: durationText.optional().describe('Default: the environment’s.'),
});

const environmentSchema = z.strictObject({
  platform: nameText,
  regions: z
    .record(z.string(), regionSchema)
    .refine((entries) => Object.keys(entries).length > 0, { error: 'at least one region' })
    .meta({ minProperties: 1, propertyNames: { type: 'string', pattern: namePattern.source } })
    .optional()
    .describe(
      'In order: one after the other, each verified before the next; approvals count for all.',
    ),
  promotion: z.enum(['auto', 'manual']).optional().describe('Default: manual with approvals.'),
  approvals: approvalsSchema.optional(),
  soak: durationText.prefault('0s').describe('Watched this long after promotion.'),
  strategy: strategySchema.prefault('canary'),
  instances: instancesNumber.optional().describe('Full scale here, instead of the workload’s.'),
  health: healthSchema.prefault({}),
  verification: smokeTestSchema.nullable().default(null).describe('Run after the rollout.'),
  onFailure: z.enum(['rollBackAndStop', 'hold']).default('rollBackAndStop'),
  queue: z.enum(['queue', 'latestWins', 'reject']).default('queue'),
});

/**
 * At least one entry. Names are checked among the rules between parts, because a record with a
 * checked key would pass over the value behind a wrong name.
 */
function named<Value extends z.ZodType>(value: Value, what: string) {
  return z
    .record(z.string(), value)
    .refine((entries) => Object.keys(entries).length > 0, { error: `at least one ${what}` })
    .meta({ minProperties: 1, propertyNames: { type: 'string', pattern: namePattern.source } });
}

export const projectSchema = z.strictObject({
  apiVersion: z.literal('sluice/v1'),
  project: nameText,
  platforms: named(platformSchema, 'platform'),
  metricSources: z
    .record(z.string(), metricSourceSchema)
    .meta({ propertyNames: { type: 'string', pattern: namePattern.source } })
    .default({})
    .describe('The systems that hold metrics: docs/metrics.md.'),
  metrics: z
    .record(z.string(), counterStoreSchema)
    .meta({ propertyNames: { type: 'string', pattern: namePattern.source } })
    .default({})
    .describe('The earlier name of metricSources, for Prometheus.'),
  services: named(serviceSchema, 'service'),
  environments: named(environmentSchema, 'environment').describe('In order: the pipeline.'),
  alerts: alertsSchema.prefault({}).describe('What `POST /v1/alerts` takes: docs/alerts.md.'),
  access: accessSchema.prefault({}).describe('Tokens without a stored secret: docs/ci.md.'),
  webhooks: z
    .strictObject({
      allowedHosts: z.array(z.string().min(1)).default([]),
      allowInsecure: z
        .boolean()
        .default(false)
        .describe('Plain http and private addresses, for gates on the same machine only.'),
    })
    .prefault({})
    .describe('What webhook gates may call.'),
  github: githubSchema.optional().describe('How we speak to GitHub: docs/github.md.'),
  repository: repositorySchema.optional().describe('Issue, branch and pull-request policy.'),
});

export type WrittenProject = z.output<typeof projectSchema>;
export type EnvironmentSettings = WrittenProject['environments'][string];
export type ServiceSettings = WrittenProject['services'][string];
export type PlatformSettings = WrittenProject['platforms'][string];
