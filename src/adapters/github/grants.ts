/** What each group of calls may do: the permissions its token is narrowed to, and what they are needed for. */

export type Access = 'read' | 'write';

export interface GrantRule {
  readonly needs: Readonly<Record<string, Access>>;
  /** Taken where the installation has it. */
  readonly uses?: Readonly<Record<string, Access>>;
  readonly why: string;
}

/** Names of permissions as GitHub writes them; `metadata: read` comes with every one. */
export const grants = {
  readCode: { needs: { contents: 'read' }, why: 'reads branches, commits and files' },
  readBranches: {
    needs: { contents: 'read', pull_requests: 'read', administration: 'read' },
    why: 'sees which branches are protected or have pull requests before one is called stale',
  },
  writeCode: {
    needs: { contents: 'write' },
    uses: { workflows: 'write' },
    why: 'archives, restores, resets and creates branches, and commits files',
  },
  linkBranch: {
    needs: { contents: 'write', issues: 'write' },
    uses: { workflows: 'write' },
    why: 'makes a branch that its issue knows',
  },
  readItems: {
    needs: { issues: 'read', pull_requests: 'read' },
    why: 'reads issues, pull requests, comments and timelines',
  },
  writeItems: {
    needs: { issues: 'write', pull_requests: 'write' },
    why: 'comments, labels, opens and closes issues and pull requests',
  },
  readIssues: {
    needs: { issues: 'read' },
    why: 'reads issues and their comments to keep them the same as files',
  },
  writeIssues: {
    needs: { issues: 'write' },
    why: 'writes to issues what was changed in their files',
  },
  merge: {
    needs: { contents: 'write', pull_requests: 'write' },
    uses: { workflows: 'write' },
    why: 'merges pull requests and brings their base into them',
  },
  readRules: {
    needs: { administration: 'read', contents: 'read' },
    why: 'reads what a merge must fulfil',
  },
  readChecks: {
    needs: { checks: 'read', statuses: 'read' },
    why: 'knows whether a commit is good to merge',
  },
  writeChecks: { needs: { checks: 'write' }, why: 'reports checks of pull requests' },
  writeStatuses: { needs: { statuses: 'write' }, why: 'reports the state of releases on commits' },
  writeDeployments: {
    needs: { deployments: 'write' },
    why: 'mirrors releases as deployments',
  },
  answerGates: {
    needs: { deployments: 'write', actions: 'read' },
    why: 'answers deployment protection rules of workflow runs',
  },
  writeProtection: {
    needs: { administration: 'write' },
    why: 'applies branch protection as it is written',
  },
} as const satisfies Record<string, GrantRule>;

export type Grant = keyof typeof grants;

/** Every permission with its strongest access and all it is needed for. */
export function allPermissions(): ReadonlyMap<
  string,
  { readonly access: Access; readonly isNeeded: boolean; readonly why: readonly string[] }
> {
  const all = new Map<string, { access: Access; isNeeded: boolean; why: string[] }>();
  for (const { needs, uses = {}, why } of Object.values<GrantRule>(grants)) {
    for (const [name, access] of Object.entries({ ...uses, ...needs })) {
      const known = all.get(name) ?? { access, isNeeded: false, why: [] };
      if (access === 'write') known.access = 'write';
      known.isNeeded ||= name in needs;
      known.why.push(why);
      all.set(name, known);
    }
  }
  return all;
}
