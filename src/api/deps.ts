/** Everything the API asks of others, handed in by its main. */
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Logger } from 'pino';
import type { PipelineSnapshot } from '../domain/release/release.js';
import type { AlertAction } from '../domain/rollout/alert.js';
import type { StrategySpec } from '../domain/rollout/schema.js';
import type { ApprovalTickets } from '../ports/approval-ticket.js';
import type { EvidenceStore } from '../ports/evidence.js';
import type { AuditTrail, Ledger } from '../ports/ledger.js';
import type { JobIdentity } from '../ports/job-identity.js';
import type { ShortTokens } from '../ports/short-tokens.js';
import type { Tracing } from '../ports/tracing.js';
import type { UiIdentity } from '../ports/ui-identity.js';
import type { CodecAccess } from './codec-trust.js';
import type { ApiMetrics } from './api-metrics.js';
import type { JobAccess } from './job-access.js';
import type { ApiLimits } from './limits.js';
import type { LoopLag } from './loop-lag.js';
import type { SharedViews } from './views.js';
import type { TokenBook } from './tokens.js';

export interface StrategyOverride {
  readonly environment: string;
  readonly strategy: StrategySpec;
}

/** How alerts are recognised, as configured at this moment. */
export interface AlertRules {
  readonly labels: {
    readonly service: string;
    readonly environment: string;
    readonly region: string;
    readonly action: string;
  };
  /** For an alert without the label for it. */
  readonly action: AlertAction;
  /** Null: tokens only. */
  readonly signature: {
    readonly readSecret: () => Promise<string>;
    readonly toleranceMs: number;
  } | null;
}

export interface ApiDeps {
  readonly client: Client;
  /** NotFound for a service that is not configured. */
  readonly resolvePipeline: (
    service: string,
    override?: StrategyOverride,
  ) => Promise<PipelineSnapshot>;
  /** `owner/name` where releases of a service are shown as deployments; null: nowhere. */
  readonly mirroredIn: (service: string) => Promise<string | null>;
  readonly alerts: () => Promise<AlertRules>;
  /** Those that webhooks may be signed with, one or two; none: webhooks are not taken. */
  readonly webhookSecrets: () => Promise<readonly string[]>;
  readonly ledger: Pick<Ledger, 'read' | 'append'>;
  readonly audit: AuditTrail;
  readonly evidence: Pick<EvidenceStore, 'get'>;
  readonly tickets: Pick<ApprovalTickets, 'issue'>;
  readonly tokens: TokenBook;
  /** For jobs of GitHub Actions, which have no stored secret. */
  readonly jobs: {
    readonly access: () => Promise<JobAccess | null>;
    readonly identity: JobIdentity;
    readonly tokens: Pick<ShortTokens, 'issue'>;
  };
  /** For the Temporal UI and CLI, which show what was encrypted. */
  readonly codec: {
    readonly payloads: PayloadCodec;
    readonly access: () => Promise<CodecAccess | null>;
    readonly identity: UiIdentity;
  };
  /** Of this process: every long poll and stream of it looks through them. */
  readonly views: SharedViews;
  /** Of this process. */
  readonly lag: LoopLag;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly logger: Logger;
  /** Absent: nothing is counted. */
  readonly metrics?: ApiMetrics;
  /** Absent or null: no traces are sent. */
  readonly tracing?: Tracing | null;
  readonly limits: ApiLimits;
  /** Base URL of the Temporal UI with its namespace path; null when there is none. */
  readonly temporalUiUrl: string | null;
  /** Aborted at shutdown: readiness says no from then on and long polls answer at once. */
  readonly stopping: AbortSignal;
}
