/** The next command for whoever asked about a workflow: what explains it, and what lists those that there are. */

/** @example explanationOf('release:checkout:1.4.0') === 'sluice why checkout@1.4.0' */
export function explanationOf(workflowId: string): string {
  const [kind = '', owner = '', ...rest] = workflowId.split(':');
  const [what = ''] = rest.map(decodeURIComponent);
  switch (kind) {
    case 'release':
      return `sluice why ${owner}@${rest.join(':')}`;
    case 'rollout':
      return `sluice why ${owner}/${rest.slice(0, -1).join('/')}#${rest.at(-1)}`;
    case 'target':
      return `sluice get target ${[owner, ...rest].join('/')}`;
    case 'branch':
      return `sluice branch why ${owner} ${what}`;
    case 'item':
      return `sluice stale why ${owner} ${what}`;
    case 'issue':
      return `sluice issue why ${owner}#${what}`;
    case 'pull':
      return `sluice pr why ${owner}#${what}`;
    case 'develop-reset':
      return `sluice reset show ${owner} ${what}`;
    case 'merge-queue':
      return `sluice merge why ${owner} ${what}`;
    default:
      return listingOf(workflowId);
  }
}

export function listingOf(workflowId: string): string {
  const [kind = '', owner = ''] = workflowId.split(':');
  switch (kind) {
    case 'release':
      return 'sluice get release';
    case 'rollout':
    case 'target':
      return 'sluice get target';
    case 'branch':
    case 'branch-restore':
      return `sluice branch list ${owner}`;
    case 'item':
      return `sluice stale list ${owner}`;
    case 'develop-reset':
      return `sluice reset list ${owner}`;
    case 'protection':
      return `sluice protection drift ${owner}`;
    default:
      // Everything else is kept for a repository, which tells of what it keeps.
      return `sluice repository get ${owner}`;
  }
}
