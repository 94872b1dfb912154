/** The `--json` answers that the command line makes itself; all others are the API's, which their schemas are checked by. */
import { z } from 'zod';
import { chainHeadSchema } from '../api/schemas/audit.js';
import { problemSchema } from '../api/schemas/problem.js';
import { verdictSchema } from '../api/schemas/rollout.js';
import { chainFaultKinds } from '../domain/ledger/chain-report.js';

const strategyName = z.enum(['canary', 'blueGreen', 'rolling']);
const texts = z.array(z.string());
const number = z.number();

const init = z.strictObject({
  file: z.string().meta({ description: 'Absolute path.' }),
  done: z.enum(['written', 'replaced', 'dryRun']),
  answers: z.record(z.string(), z.string()),
  found: z.array(z.strictObject({ what: z.string(), value: z.string(), where: z.string() })),
  stages: z.array(
    z.strictObject({
      environment: z.string(),
      platform: z.string(),
      strategy: strategyName,
      approvals: z.int(),
      steps: texts,
    }),
  ),
  yaml: z.string(),
});

const validate = z.strictObject({
  valid: z.literal(true),
  file: z.string(),
  project: z.string(),
  pipelines: z.array(
    z.strictObject({
      service: z.string(),
      stages: z.array(
        z.strictObject({
          environment: z.string(),
          strategy: strategyName,
          promotion: z.enum(['auto', 'manual']),
        }),
      ),
    }),
  ),
});

const doctor = z.strictObject({
  ok: z.boolean().meta({ description: 'No fault; there may be warnings.' }),
  findings: z.array(
    z.strictObject({
      subject: z.string(),
      state: z.enum(['ok', 'warning', 'fault']),
      seen: z.string(),
      next: z.string().optional().meta({ description: 'What mends it.' }),
    }),
  ),
});

const imported = z.strictObject({
  title: z.string(),
  yaml: z.string(),
  output: z.string().optional(),
  notes: z.array(
    z.strictObject({
      kind: z.enum(['different', 'unexpressed', 'fillIn']),
      ...{ where: z.string(), field: z.string(), value: z.string() },
      ...{ why: z.string(), instead: z.string() },
    }),
  ),
});

const side = z.strictObject({ requests: number, errors: number, slow: number });

const analyze = z.strictObject({
  source: z.string(),
  startedAtMs: number.nullable(),
  decidedAtMs: number.nullable(),
  decidedAfterMs: number.nullable(),
  verdict: verdictSchema.nullable(),
  slowEdgeMs: number.nullable(),
  points: z.array(
    z.strictObject({
      atMs: number,
      ...{ candidate: side, stable: side },
      checks: z.array(
        z.strictObject({
          check: z.string(),
          eValue: number.nullable().meta({ description: 'Null where it is beyond all numbers.' }),
          eLimit: number,
          dryRun: z.boolean(),
        }),
      ),
    }),
  ),
  plot: z.string().optional(),
});

const saved = z.strictObject({ file: z.string(), reference: z.string() });

const replayed = z.strictObject({
  ...{ file: z.string(), reference: z.string(), subject: z.string(), candidate: z.string() },
  looks: z.int(),
  recorded: verdictSchema,
  recomputed: verdictSchema.nullable(),
  equal: z.boolean(),
  differences: z.array(
    z.strictObject({ path: z.string(), recorded: z.string(), recomputed: z.string() }),
  ),
});

const verified = z.strictObject({
  ok: z.boolean(),
  project: z.string().nullable(),
  start: chainHeadSchema
    .nullable()
    .meta({ description: 'The last row that retention dropped; null: none was.' }),
  head: chainHeadSchema.nullable().meta({ description: 'The last sound row.' }),
  rows: z.int().meta({ description: 'Sound ones, before the first fault.' }),
  unchained: z.int().meta({ description: 'Lines from before the ledger was a chain.' }),
  fault: z
    .strictObject({
      kind: z.enum(chainFaultKinds),
      seq: z.int(),
      line: z.int().nullable(),
      id: z.string().nullable(),
      message: z.string(),
    })
    .nullable(),
});

const text = z.string();
const history = z.strictObject({
  ...{ ok: z.boolean(), fault: verified.shape.fault, events: z.int() },
  releases: z.array(
    z.strictObject({
      ...{ releaseId: text, service: text, version: text },
      ...{ requestedAt: text, requestedBy: text, reason: text },
      ...{ endedAt: text.nullable(), outcome: text.nullable() },
      asked: z
        .strictObject({
          ...{ digest: text, gitSha: text.nullable(), from: text.nullable() },
          allowOlder: z.boolean(),
        })
        .nullable(),
    }),
  ),
  rollouts: z.array(
    z.strictObject({
      ...{ rolloutId: text, target: text, beganAt: text, endedAt: text.nullable() },
      ...{ candidate: text.nullable(), stable: text.nullable(), weight: number, exposure: number },
      ...{
        verdict: text.nullable(),
        outcome: z.enum(['promoted', 'rolledBack', 'lost']).nullable(),
      },
    }),
  ),
  deployments: z.array(
    z.strictObject({
      ...{ at: text, rolloutId: text, target: text, revision: text.nullable(), reason: text },
      ...{ outcome: z.enum(['promoted', 'rolledBack']), tookMs: number },
    }),
  ),
  commands: z.array(
    z.strictObject({ at: text, subject: text, command: text, actor: text, reason: text }),
  ),
});

const lost = z.strictObject({
  ok: z
    .boolean()
    .meta({ description: 'Nothing is lost that is not noted, and the record is sound.' }),
  fault: verified.shape.fault,
  lost: z.array(
    z.strictObject({
      ...{ kind: z.enum(['release', 'rollout', 'lock']), subject: text, since: text, last: text },
      next: text.nullable().meta({ description: 'The command that does it again.' }),
    }),
  ),
  noted: z.int(),
});

const exported = verified.extend({ file: z.string() });

const backup = z.strictObject({
  file: z.string(),
  createdAt: z.iso.datetime(),
  files: z.int(),
  bytes: z.int(),
  sha256: z.string().meta({ description: 'Of the file.' }),
});

const restored = z.strictObject({
  done: z.boolean().meta({ description: 'False: a dry run.' }),
  file: z.string(),
  dataDir: z.string(),
  createdAt: z.iso.datetime().meta({ description: 'Of the backup.' }),
  files: z.int(),
  bytes: z.int(),
  movesPresentTo: z.string().nullable(),
  ledger: verified.omit({ ok: true }).nullable(),
});

const demo = z.strictObject({
  ok: z.boolean(),
  elapsedS: number,
  releases: z.array(
    z.strictObject({
      version: z.string(),
      outcome: z.string(),
      environment: z.string().nullable(),
      strategy: z.string().nullable(),
      exposureS: number.nullable(),
      failedRequests: z.int(),
      requests: z.int(),
      reason: z.string(),
    }),
  ),
});

const version = z.strictObject({
  ...{ buildId: text, state: text, openWorkflows: z.int(), polled: texts },
});

const workersStatus = z.strictObject({
  deploymentName: text,
  current: text.nullable().meta({ description: 'Null: workers without a version.' }),
  ramping: z.strictObject({ buildId: text, percentage: number }).nullable(),
  versions: z.array(version),
});

const workersCheck = z.strictObject({
  replayed: z.int(),
  faults: z.array(z.strictObject({ workflowId: text, eventId: z.int().nullable(), message: text })),
});

const problem = z.strictObject({
  ...{ workflowId: text, workflowType: text, runId: text, eventId: z.int().nullable() },
  ...{ cause: text, message: text, isPinned: z.boolean() },
});

const workersRollout = z.strictObject({
  ...{ deploymentName: text, buildId: text, from: text.nullable() },
  ...{ steps: z.array(z.int()), holdMs: number },
  outcome: z.enum(['dryRun', 'started', 'rolledOut', 'rolledBack']),
  reason: text.optional(),
  problems: z.array(problem).optional(),
});

const workersRollback = z.strictObject({
  ...{ deploymentName: text, buildId: text, to: text.nullable() },
  done: z.boolean().meta({ description: 'False: it had nothing that could be taken away.' }),
  rescued: texts.meta({ description: 'Workflows that were stuck with the build.' }),
});

/** By the command that answers so; `error` stands for every command that failed. */
export const answerSchemas = {
  init,
  validate,
  doctor,
  import: imported,
  analyze,
  'why --save': saved,
  'why --replay': replayed,
  'audit verify': verified,
  'audit export': exported,
  backup,
  restore: restored,
  'audit history': history,
  'audit lost': lost,
  'workers status': workersStatus,
  'workers check': workersCheck,
  'workers rollout': workersRollout,
  'workers rollback': workersRollback,
  demo,
  error: problemSchema,
} as const;

/** One JSON Schema (2020-12) for each. */
export function describeAnswers(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(answerSchemas).map(([name, schema]) => [
      name,
      z.toJSONSchema(schema, { io: 'output', reused: 'inline' }),
    ]),
  );
}
