/** A Flux Kustomization: which commit it has applied and found healthy, and why not. */
import { Failure } from '../../domain/failures.js';
import {
  type FollowedObject,
  type Follower,
  type FollowerReading,
  oneLine,
  type ReadObject,
} from './follower.js';
import { place } from './place.js';

export interface FluxOptions {
  readonly kind: 'flux';
  /** Where the Kustomization is. */
  readonly namespace: string;
  /** Its name; placeholders are filled in. */
  readonly kustomization: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface Kustomization extends FollowedObject {
  readonly spec?: {
    readonly suspend?: boolean;
    readonly wait?: boolean;
    readonly healthChecks?: readonly object[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly conditions?: readonly Condition[];
  };
}

const kustomizations = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
};

/** Reasons that say nothing of the commit itself: another object, or the source, is waited for. */
const waits = new Set(['DependencyNotReady', 'ArtifactFailed', 'Progressing']);

export function followFlux(options: FluxOptions, readObject: ReadObject): Follower {
  const { namespace } = options;
  return {
    nameOf: (target) => `Kustomization ${namespace}/${place(options.kustomization, target)}`,
    async read(target) {
      const name = place(options.kustomization, target);
      const where = `${namespace}/${name}`;
      const found = (await readObject(kustomizations, name)) as Kustomization | null;
      if (found === null) {
        throw new Failure('NotFound', `there is no Kustomization ${name} in ${namespace}`, {
          where,
          next: 'make it follow the branch, or correct platforms.<name>.follow',
        });
      }
      if (found.spec?.wait !== true && (found.spec?.healthChecks ?? []).length === 0) {
        throw new Failure('InvalidInput', `Kustomization ${where} cannot say what is healthy`, {
          ...{ where: `${where}: spec.wait`, seen: 'neither wait nor healthChecks' },
          limit: 'wait: true',
          next: 'set spec.wait: true in it, so that Ready means healthy',
        });
      }
      return readKustomization(found);
    },
  };
}

export function readKustomization({ metadata, spec, status = {} }: Kustomization): FollowerReading {
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  const ready = condition('Ready');
  const applied = commitOf(status.lastAppliedRevision);
  const attempted = commitOf(status.lastAttemptedRevision);
  const isSuspended = spec?.suspend === true;
  const isCurrent = status.observedGeneration === metadata?.generation;
  const isReady = ready?.status === 'True' && isCurrent && !isSuspended;
  const hasFailed = ready?.status === 'False' && !waits.has(ready.reason ?? '');
  // `lastAppliedRevision` waits for health; what is being waited for runs already.
  const checked = condition('Healthy');
  const awaited = status.lastAttemptedRevision;
  const isChecking =
    checked?.status === 'Unknown' &&
    awaited !== undefined &&
    checked.message?.includes(awaited) === true;
  const runsAttempt = isChecking || (hasFailed && ready.reason === 'HealthCheckFailed');
  const live = runsAttempt ? attempted : applied;
  const said = oneLine(ready?.reason ?? 'not reconciled yet', ready?.message);
  return {
    live,
    settled: isReady,
    failed: hasFailed ? attempted : [],
    health: hasFailed ? 'failing' : isReady ? 'healthy' : 'progressing',
    reason: isReady ? null : isSuspended ? 'it is suspended' : said,
  };
}

/** `main@sha1:<commit>`, and `main/<commit>` of older releases. */
function commitOf(revision: string | undefined): readonly string[] {
  const match = /(?:[:/]|^)([0-9a-f]{40}|[0-9a-f]{64})$/.exec(revision ?? '');
  return match?.[1] === undefined ? [] : [match[1]];
}
