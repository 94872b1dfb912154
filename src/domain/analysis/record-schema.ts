/** Reads the evidence record of a verdict, so that one from a file can be trusted to have its shape. */
import { z } from 'zod';
import type { EvidenceRecord } from './replay.js';

/*
 * Loose objects: a field that is not named here is passed on as it is, so that a record of a newer judge is not refused
 * and one that goes through this reader comes out as it went in.
 */

const time = z.number({ error: 'epoch milliseconds' });
const count = z.number({ error: 'a count' }).min(0);
const share = z.number({ error: 'a share from 0 to 1' }).min(0).max(1);

const counters = z.looseObject({
  revision: z.string(),
  instances: z.array(
    z.looseObject({
      instance: z.string(),
      requests: count,
      errors: count,
      buckets: z.array(z.looseObject({ leMs: z.number(), count })),
      inFlight: count,
      inFlightOlder: z.array(z.looseObject({ overMs: z.number(), count })),
      asOfMs: time.optional(),
    }),
  ),
});

const platform = {
  candidateInstances: z.array(
    z.looseObject({
      id: z.string(),
      state: z.enum(['starting', 'ready', 'unready', 'exited']),
      probeFailures: count,
      reason: z.string().nullable(),
    }),
  ),
  candidateRestarts: count,
};

const sample = z.looseObject({
  atMs: time,
  candidate: counters,
  stable: counters.nullable(),
  ...platform,
  weight: z.number().min(0).max(100).nullable(),
});

const missedSample = z.looseObject({
  atMs: time,
  missed: z.string(),
  platform: z.looseObject(platform).optional(),
});

/** Told apart by what is there, so that a fault is told of the kind that was meant. */
const observation = z.unknown().transform((value, context) => {
  const isMissed = typeof value === 'object' && value !== null && 'missed' in value;
  const parsed = (isMissed ? missedSample : sample).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    context.issues.push({ ...issue, input: value } as (typeof context.issues)[number]);
  }
  return z.NEVER;
});

const undecided = z.enum(['rollBack', 'hold', 'advance']);

const health = z.looseObject({
  errorRate: z.looseObject({ rollBackAbove: share, succeedBelow: share }),
  latencyP95: z.looseObject({ rollBackAboveMs: z.number(), succeedBelowMs: z.number() }),
  maxProbeFailures: count,
  maxRestarts: count,
  minimumRequests: count,
  intervalMs: count,
  onInconclusive: undecided,
  onNoData: undecided,
});

const recent = z.looseObject({ bad: count, total: count, sinceMs: time });
const guard = z.looseObject({
  looks: count,
  logS: z.array(z.number()),
  undecided: count,
  bad: count,
  total: count,
  recent,
  crossed: z.looseObject({ logE: z.number(), bad: count, total: count, recent }).nullable(),
});

const seenLatency = z.looseObject({ fast: z.number(), slow: z.number() });

const sideCounts = z.looseObject({ requests: count, bad: count });
const evidence = z.looseObject({
  beganAtMs: z.number().nullable(),
  lookedAtMs: z.number().nullable(),
  logS: z.array(z.number()),
});
const twoKeys = z.looseObject({
  parts: z.array(
    z.looseObject({
      dispersion: z.looseObject({ phi: z.number() }),
      odds: evidence,
      spread: evidence,
      candidate: sideCounts,
      stable: sideCounts,
    }),
  ),
  highest: z.looseObject({ logOdds: z.number(), logSpread: z.number() }),
});
const marks = z.array(
  z.looseObject({
    instance: z.string(),
    requests: count,
    errors: count,
    within: z.array(count.nullable()),
  }),
);

const replacement = z.looseObject({ instance: z.string(), atMs: time });

const comparison = z.looseObject({
  edges: z.array(z.looseObject({ stableMs: z.number(), candidateMs: z.number() })),
  marks: z.looseObject({ candidate: marks, stable: marks }),
  lookedAtMs: time,
  learning: z.array(
    z.looseObject({
      forMs: z.number(),
      instances: count.nullable(),
      pairs: count,
      together: count,
      expected: count,
    }),
  ),
  keys: z.looseObject({ errors: twoKeys, latency: twoKeys }).nullable(),
  bound: z.looseObject({
    logL: z.array(z.number()),
    candidate: sideCounts,
    stable: sideCounts,
  }),
  byInstance: z.array(z.looseObject({ instance: z.string(), requests: count, bad: count })),
  stable: sideCounts,
  instances: count,
  placebo: twoKeys.optional(),
  replaced: replacement.optional(),
});

const watchState = z.looseObject({
  baseline: counters.nullable(),
  seen: z.array(
    z.looseObject({
      instance: z.string(),
      requests: count,
      errors: count,
      late: seenLatency,
      slack: seenLatency,
    }),
  ),
  restarts: z.looseObject({ last: count, counted: count }),
  looks: count,
  missedLooks: count,
  seenAtMs: time.nullable(),
  lookedAtMs: time.nullable(),
  missed: z.string().nullable(),
  hasCounters: z.boolean(),
  inFlight: count,
  edges: z
    .looseObject({
      lateMs: z.number().nullable(),
      slackMs: z.number().nullable(),
      missing: z.boolean(),
    })
    .nullable(),
  guards: z.looseObject({ errors: guard, slow: guard, errorsDoubt: guard, slowDoubt: guard }),
  probes: z.looseObject({ instance: z.string(), failures: count }).nullable(),
  window: z.looseObject({
    minimumMs: z.number(),
    maximumMs: z.number().nullable(),
    until: z.enum(['elapsed', 'judged', 'resumed']),
    weight: z.number(),
    openedAtMs: time.nullable(),
    startedAtMs: time.nullable(),
    requests: count,
    errors: count,
  }),
  comparison: comparison.optional(),
});

const verdict = z.looseObject({
  kind: z.enum(['pass', 'fail', 'inconclusive']),
  undecided: z.enum(['doubt', 'noData']).nullable(),
  reason: z.string(),
  evidence: z.array(z.looseObject({ check: z.string(), sentence: z.string() })),
  atMs: time,
  looks: count,
  missedLooks: count,
});

export const evidenceRecord = z.looseObject({
  subject: z.string(),
  candidate: z.string(),
  stable: z.string().nullable(),
  weight: z.number().min(0).max(100),
  health,
  from: watchState,
  observations: z.array(observation).min(1, { error: 'one look at least' }),
  replaced: replacement.optional(),
  verdict,
});

/** The value is handed on as it came: reading must not change a bit of what is recomputed. */
export function readEvidenceRecord(value: unknown): {
  readonly record: EvidenceRecord | null;
  readonly issues: readonly z.core.$ZodIssue[];
} {
  const parsed = evidenceRecord.safeParse(value);
  if (!parsed.success) return { record: null, issues: parsed.error.issues };
  return { record: value as EvidenceRecord, issues: [] };
}
