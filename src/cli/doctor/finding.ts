/** Short forms of what a probe says, and what every probe is given. */
import type { Project } from '../../config/project.js';
import type { PlatformSettings } from '../../config/project-schema.js';
import type { GithubSettings } from '../../config/github-schema.js';
import { explainFailure, Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';

/** What is asked of a server. */
export interface TemporalFacts {
  readonly address: string;
  readonly namespace: string;
  /** Null: nobody answers there. */
  readonly serverVersion: string | null;
  /** Days that ended workflows are kept; null: there is no such namespace. */
  readonly retentionDays: number | null;
  /** Null: they may not be listed. */
  readonly missingAttributes: readonly string[] | null;
  /** Task queue → how many poll workflows and activities of it. */
  readonly pollers: ReadonlyMap<
    string,
    { readonly workflows: number; readonly activities: number }
  >;
  /** `paused` by an operator; null: there is none. */
  readonly reconciling: 'runs' | 'paused' | null;
}

export type InspectGithub = (
  github: GithubSettings,
  repositories: readonly RepositoryKey[],
) => Promise<readonly Finding[]>;

export type KubernetesSettings = PlatformSettings & { readonly kind: 'kubernetes' };

/** What only the process itself can bring. */
export interface DoctorTools {
  /** `v20.20.2` */
  readonly nodeVersion: string;
  readonly readTemporal: (examined: Examined) => Promise<TemporalFacts>;
  readonly inspectGithub: InspectGithub;
  readonly inspectKubernetes: (settings: KubernetesSettings) => Promise<readonly Finding[]>;
}

export interface Examined {
  readonly io: CliIo;
  readonly tools: DoctorTools;
  readonly dataDir: string;
  /** Null: it is not there, or not valid. */
  readonly project: Project | null;
  readonly flags: { readonly api?: string; readonly token?: string; readonly dataDir?: string };
}

export function ok(subject: string, seen: string): Finding {
  return { subject, state: 'ok', seen };
}

export function warning(subject: string, seen: string, next: string): Finding {
  return { subject, state: 'warning', seen, next };
}

export function fault(subject: string, seen: string, next: string): Finding {
  return { subject, state: 'fault', seen, next };
}

/** Of whatever was thrown; a failure brings its own next command. */
export function faultOf(subject: string, error: unknown, next: string): Finding {
  if (!(error instanceof Failure)) {
    return fault(subject, error instanceof Error ? error.message : String(error), next);
  }
  const [seen = ''] = explainFailure(error).split('\nnext:');
  return fault(subject, seen, error.details.next ?? next);
}
