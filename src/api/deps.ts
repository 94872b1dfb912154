/** Everything the API asks of others, handed in by its main. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { PipelineSnapshot } from '../domain/release/release.js';
import type { StrategySpec } from '../domain/rollout/schema.js';
import type { ApprovalTickets } from '../ports/approval-ticket.js';
import type { EvidenceStore } from '../ports/evidence.js';
import type { Ledger } from '../ports/ledger.js';
import type { ApiLimits } from './limits.js';
import type { TokenBook } from './tokens.js';

export interface StrategyOverride {
  readonly environment: string;
  readonly strategy: StrategySpec;
}

export interface ApiDeps {
  readonly client: Client;
  /** NotFound for a service that is not configured. */
  readonly resolvePipeline: (
    service: string,
    override?: StrategyOverride,
  ) => Promise<PipelineSnapshot>;
  readonly ledger: Pick<Ledger, 'read'>;
  readonly evidence: Pick<EvidenceStore, 'get'>;
  readonly tickets: Pick<ApprovalTickets, 'issue'>;
  readonly tokens: TokenBook;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly logger: Logger;
  readonly limits: ApiLimits;
  /** Base URL of the Temporal UI with its namespace path; null when there is none. */
  readonly temporalUiUrl: string | null;
  /** Aborted at shutdown: readiness says no from then on and long polls answer at once. */
  readonly stopping: AbortSignal;
}
