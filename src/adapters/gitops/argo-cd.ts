/** An Argo CD Application: synced and healthy, at which commit, and why not. */
import { Failure } from '../../domain/failures.js';
import { type Follower, type FollowerReading, oneLine, type ReadObject } from './follower.js';
import { place } from './place.js';

export interface ArgoCdOptions {
  readonly kind: 'argo-cd';
  /** Where the Application is. */
  readonly namespace: string;
  /** Its name; placeholders are filled in. */
  readonly application: string;
}

interface Revisions {
  readonly revision?: string;
  /** Of an Application with several sources. */
  readonly revisions?: readonly string[];
}

interface Application {
  readonly spec?: { readonly syncPolicy?: { readonly automated?: object | null } };
  readonly status?: {
    readonly sync?: Revisions & { readonly status?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly history?: readonly Revisions[];
    readonly conditions?: readonly { readonly type?: string; readonly message?: string }[];
    readonly resources?: readonly {
      readonly kind?: string;
      readonly name?: string;
      readonly health?: { readonly status?: string; readonly message?: string };
    }[];
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly syncResult?: Revisions;
    };
  };
}

const applications = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  plural: 'applications',
};

export function followArgoCd(options: ArgoCdOptions, readObject: ReadObject): Follower {
  const { namespace } = options;
  return {
    nameOf: (target) => `Application ${namespace}/${place(options.application, target)}`,
    async read(target) {
      const name = place(options.application, target);
      const application = await readObject(applications, name);
      if (application !== null) return readApplication(application as Application);
      throw new Failure('NotFound', `there is no Application ${name} in ${namespace}`, {
        where: `${namespace}/${name}`,
        next: 'make it follow the branch, or correct platforms.<name>.follow',
      });
    },
  };
}

export function readApplication({ spec, status = {} }: Application): FollowerReading {
  const { sync = {}, health = {}, operationState: operation = {} } = status;
  const isSynced = sync.status === 'Synced';
  // What differs from the cluster was compared, not applied.
  const live = commitsOf(isSynced ? sync : status.history?.at(-1));
  const tried = commitsOf(operation.syncResult);
  const isRunning = operation.phase === 'Running' || operation.phase === 'Terminating';
  const hasFailed = operation.phase === 'Failed' || operation.phase === 'Error';
  // A failed operation is past when what is synced is another commit.
  const failed = hasFailed && (!isSynced || tried.some((one) => live.includes(one))) ? tried : [];
  const syncing = oneLine(
    `sync ${isRunning || failed.length > 0 ? operation.phase : (sync.status ?? 'Unknown')}`,
    isRunning || failed.length > 0 ? operation.message : status.conditions?.[0]?.message,
    !isSynced && !isRunning && !spec?.syncPolicy?.automated ? 'automated sync is off' : null,
  );
  const isFailing = health.status === 'Degraded' || failed.length > 0;
  const settled = isSynced && !isRunning && failed.length === 0;
  const isHealthy = settled && health.status === 'Healthy';
  return {
    live,
    settled,
    failed,
    health: isFailing ? 'failing' : isHealthy ? 'healthy' : 'progressing',
    reason: isHealthy ? null : settled ? unhealthy(status) : syncing,
  };
}

function commitsOf({ revision, revisions = [] }: Revisions = {}): readonly string[] {
  return revision === undefined || revision === '' ? revisions : [revision, ...revisions];
}

/** The resource that it is about says more than the whole. */
function unhealthy({ health, resources = [] }: NonNullable<Application['status']>): string | null {
  const status = health?.status ?? 'Unknown';
  const worst = resources.find((resource) => resource.health?.status === status);
  const where = worst === undefined ? null : `${worst.kind} ${worst.name}`;
  return oneLine(status, where, worst?.health?.message ?? health?.message);
}
