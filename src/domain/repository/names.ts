/** How repositories and what lies in them are named, and the workflow ids made from them, each with its inverse. */
import { Failure } from '../failures.js';

export interface RepositoryKey {
  readonly owner: string;
  readonly name: string;
}

const partPattern = /^[A-Za-z0-9_.-]{1,100}$/;

/** `acme/checkout` */
export function repositoryPath({ owner, name }: RepositoryKey): string {
  return `${owner}/${name}`;
}

/** Inverse of {@link repositoryPath}; InvalidInput for anything else. */
export function parseRepository(path: string): RepositoryKey {
  const [owner = '', name = '', ...more] = path.split('/');
  const isDots = /^\.+$/.test(name) || /^\.+$/.test(owner);
  if (more.length > 0 || isDots || !partPattern.test(owner) || !partPattern.test(name)) {
    throw new Failure('InvalidInput', `"${path.slice(0, 200)}" is not a repository`, {
      where: path.slice(0, 200),
      limit: 'owner/name',
    });
  }
  return { owner, name };
}

/** GitHub folds case in owners and names, so an id must too. */
function idPath(repository: RepositoryKey): string {
  return repositoryPath(repository).toLowerCase();
}

/**
 * One workflow for each thing of a repository: `<kind>:<owner>/<name>[:<what>]`, where `what` (a branch, a number)
 * is percent-encoded. @example repositoryWorkflowId('branch', { owner: 'acme', name: 'shop' }, 'fix/a b') === 'branch:acme/shop:fix%2Fa%20b'
 */
export function repositoryWorkflowId(
  kind: RepositoryWorkflowKind,
  repository: RepositoryKey,
  what?: string | number,
): string {
  const tail = what === undefined ? '' : `:${encodeURIComponent(what)}`;
  return `${kind}:${idPath(repository)}${tail}`;
}

/** What a repository has a workflow for. */
export const repositoryWorkflowKinds = [
  'branch',
  'branch-restore',
  'issue',
  'pull',
  'item',
  'repository',
  'develop-reset',
  'merge-queue',
  'protection',
  'delivery',
  'repository-sweep',
  'repository-trigger',
  'deployment-gate',
  'issue-sync',
] as const;

export type RepositoryWorkflowKind = (typeof repositoryWorkflowKinds)[number];

export interface RepositoryWorkflowName {
  readonly kind: RepositoryWorkflowKind;
  readonly repository: RepositoryKey;
  /** Null for the workflow of the repository itself. */
  readonly what: string | null;
}

/** Inverse of {@link repositoryWorkflowId}; InvalidInput for anything else. */
export function parseRepositoryWorkflowId(id: string): RepositoryWorkflowName {
  const [kind = '', path = '', what, ...more] = id.split(':');
  const known = repositoryWorkflowKinds.find((each) => each === kind);
  if (known === undefined || more.length > 0) {
    throw new Failure('InvalidInput', `"${id}" is not the id of a repository's workflow`, {
      where: id,
    });
  }
  const repository = parseRepository(path);
  return {
    kind: known,
    repository,
    what: what === undefined ? null : decodeURIComponent(what),
  };
}
