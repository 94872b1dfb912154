/** Changes of a repository itself and of its protection, as webhooks tell of them. */
import type { RepositoryKey } from '../repository/names.js';
import type { ProtectionChangedEvent, RepositoryChangedEvent } from './event.js';
import { oneOf, repositoryAt, textAt, timeAt } from './fields.js';
import type { Reading } from './reading.js';

const repositoryActions = [
  ...(['created', 'edited', 'renamed', 'transferred'] as const),
  ...(['archived', 'unarchived', 'deleted'] as const),
];

export function readRepository(
  payload: unknown,
  repository: RepositoryKey,
): Reading<RepositoryChangedEvent> {
  return {
    kind: 'repository',
    action: oneOf(repositoryActions, textAt(payload, 'action')) ?? 'other',
    previous: previousOf(payload, repository),
    defaultBranch: textAt(payload, 'repository', 'default_branch'),
    atMs: timeAt(payload, 'repository', 'updated_at'),
  };
}

function previousOf(payload: unknown, { owner, name }: RepositoryKey): RepositoryKey | null {
  const oldName = textAt(payload, 'changes', 'repository', 'name', 'from');
  if (oldName !== null) return repositoryAt({ full_name: `${owner}/${oldName}` });
  const from = ['changes', 'owner', 'from'];
  const oldOwner =
    textAt(payload, ...from, 'user', 'login') ?? textAt(payload, ...from, 'organization', 'login');
  return oldOwner === null ? null : repositoryAt({ full_name: `${oldOwner}/${name}` });
}

const changes = ['created', 'edited', 'deleted'] as const;

export function readProtection(payload: unknown): Reading<ProtectionChangedEvent> {
  const action = oneOf(changes, textAt(payload, 'action'));
  const name = textAt(payload, 'rule', 'name');
  if (action === null || name === null) return null;
  const atMs = timeAt(payload, 'rule', 'updated_at');
  return { kind: 'protection', action, source: 'classic', name, atMs };
}

export function readRuleset(payload: unknown): Reading<ProtectionChangedEvent> {
  const action = oneOf(changes, textAt(payload, 'action'));
  const name = textAt(payload, 'repository_ruleset', 'name');
  if (action === null || name === null) return null;
  const atMs = timeAt(payload, 'repository_ruleset', 'updated_at');
  return { kind: 'protection', action, source: 'ruleset', name, atMs };
}
