/** Cleanup issues as they are found on the code host, and what people answered there. */
import type { KnownIssue } from '../../domain/branch/candidates.js';
import type { Answer } from '../../domain/branch/facts.js';
import { branchOfCleanupIssue } from '../../domain/branch/words.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';

/** By branch. Anybody can write our marker: only issues that we wrote count; of several the open one, then the newest. */
export async function ownCleanupIssues(
  { items, ownLogin }: CodeHost,
  repository: RepositoryKey,
  label: string,
): Promise<ReadonlyMap<string, KnownIssue>> {
  const own = await ownLogin();
  const found = new Map<string, KnownIssue>();
  const query = { state: 'all', labels: [label], order: 'createdAscending' } as const;
  for await (const item of items.listItems(repository, query)) {
    if (item.isPull || item.author.login !== own) continue;
    const branch = branchOfCleanupIssue(repository, item.body);
    if (branch === null) continue;
    const known = found.get(branch);
    const isOpen = item.state === 'open';
    if (known?.isOpen === true && !isOpen) continue;
    found.set(branch, { number: item.number, isOpen });
  }
  return found;
}

const ownMarker = '<!-- sluice:';

/** The newest comment, closing or reopening by a person; null: none since then. */
export async function newestAnswer(
  { items, ownLogin }: CodeHost,
  repository: RepositoryKey,
  number: number,
  sinceMs: number,
): Promise<Answer | null> {
  const own = await ownLogin();
  const comments = await items.listComments(repository, number, sinceMs);
  const answers: Answer[] = comments
    // With a person's token we write under a person's name, and our words are known by their marker.
    .filter(({ author, body }) => author.login !== own || !body.includes(ownMarker))
    .filter(({ author }) => author.kind === 'person')
    .map(({ author, createdAtMs, updatedAtMs }) => ({
      kind: 'comment',
      login: author.login,
      atMs: Math.max(createdAtMs, updatedAtMs),
    }));
  for (const { kind, actor, atMs } of await items.listEvents(repository, number)) {
    if (kind !== 'closed' && kind !== 'reopened') continue;
    if (actor === null || actor.kind !== 'person' || actor.login === own) continue;
    answers.push({ kind, login: actor.login, atMs });
  }
  return answers
    .filter(({ atMs }) => atMs >= sinceMs)
    .reduce<Answer | null>(
      (newest, answer) => (newest === null || answer.atMs > newest.atMs ? answer : newest),
      null,
    );
}
