/** Changes of many issues in one call, each with its own end; what nobody knows of is looked at, and never sent again. */
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { HostChange } from '../../domain/issue-sync/issue-plan.js';
import type { WriteOutcome } from '../../ports/code-host/synced-issues.js';
import { type GraphqlError, UnknownOutcome } from './answer-failure.js';
import type { GithubClient } from './client.js';
import { toHistory } from './synced-issues-history.js';
import { type Look, lookAt } from './synced-issues-look.js';
import type { NameBook } from './synced-issues-names.js';
import { errorsByPart, throwIfForbidden } from './synced-issues-parts.js';
import { partsMutation, variablesOf } from './synced-issues-queries.js';
import { type IssueAnswer, toHostIssue } from './synced-issues-shape.js';
import { type Refusal, type Step, stepsFor } from './synced-issues-steps.js';

/** In a call; more of them run into its ten seconds. */
export const mostWrites = 20;

interface Planned {
  readonly write: HostChange;
  readonly steps: readonly Step[];
  readonly refused: readonly Refusal[];
}

export type PartsAnswer = Readonly<Record<string, { readonly issue?: IssueAnswer | null } | null>>;

export async function writeIssues(
  client: GithubClient,
  book: NameBook,
  repository: RepositoryKey,
  writes: readonly HostChange[],
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (let at = 0; at < writes.length; at += mostWrites) {
    const some = writes.slice(at, at + mostWrites);
    outcomes.push(...(await writeSome(client, book, repository, some)));
  }
  return outcomes;
}

async function writeSome(
  client: GithubClient,
  book: NameBook,
  repository: RepositoryKey,
  writes: readonly HostChange[],
): Promise<readonly WriteOutcome[]> {
  const names = await book.find(repository, {
    labels: writes.flatMap(({ addLabels = [] }) => addLabels),
    knownLabels: writes.flatMap(({ removeLabels = [] }) => removeLabels),
    milestones: writes.flatMap(({ milestone }) => milestone ?? []),
    logins: writes.flatMap(({ addAssignees = [] }) => addAssignees),
    assigneesOf: writes.flatMap(({ number, removeAssignees = [] }) =>
      removeAssignees.length > 0 ? [number] : [],
    ),
  });
  const planned = writes.map<Planned>((write, index) => ({
    write,
    ...stepsFor(write, names, `w${index}x`),
  }));
  const { data, errors, lost } = await send(client, repository, planned);
  const unclear = planned.filter(
    (one) =>
      one.steps.length === 0 || lost !== null || one.steps.some((step) => errors.has(step.alias)),
  );
  const numbers = unclear.map(({ write }) => write.number);
  const looks = await lookAt(client, repository, numbers, true);
  const outcomes = planned.map((one) => {
    const at = unclear.indexOf(one);
    const look = looks[at];
    if (look !== undefined) return outcomeOf(one, look, errors, lost);
    const issue = data[one.steps.at(-1)?.alias ?? '']?.issue;
    if (issue == null) return new UnknownOutcome(`write of issue ${one.write.number}`, 'no issue');
    const history = toHistory(issue);
    return { kind: 'written', issue: toHostIssue(issue), history, refused: one.refused } as const;
  });
  const isStale = outcomes.some((one) => one instanceof Failure && one.code === 'Conflict');
  if (isStale) book.forget(repository);
  const failure = outcomes.find((one) => one instanceof Failure);
  if (failure !== undefined) throw failure;
  return outcomes.filter((one): one is WriteOutcome => !(one instanceof Failure));
}

interface Sent {
  readonly data: PartsAnswer;
  readonly errors: ReadonlyMap<string, GraphqlError>;
  /** Nobody knows what was done of it. */
  readonly lost: UnknownOutcome | null;
}

async function send(
  client: GithubClient,
  repository: RepositoryKey,
  planned: readonly Planned[],
): Promise<Sent> {
  const parts = planned.flatMap(({ steps }) => steps);
  if (parts.length === 0) return { data: {}, errors: new Map(), lost: null };
  const document = partsMutation('writeIssues', parts);
  try {
    const { data, errors } = await client.queryParts<PartsAnswer>(
      ...([repository, 'writeIssues', document, variablesOf(parts)] as const),
    );
    throwIfForbidden(errors, parts.length);
    return { data, errors: errorsByPart(errors), lost: null };
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
    return { data: {}, errors: new Map(), lost: error };
  }
}

/** Of a write that was not answered for as a whole, by the issue as it is now. */
function outcomeOf(
  { write, steps, refused }: Planned,
  { state, history }: Look,
  errors: Sent['errors'],
  lost: UnknownOutcome | null,
): WriteOutcome | Failure {
  if (state.kind !== 'issue') return { kind: 'gone', state };
  const said: Refusal[] = [];
  let failed = 0;
  for (const { alias, fields, isSo } of steps) {
    const error = errors.get(alias);
    if (isSo(state) || (error === undefined && lost === null)) continue;
    if (error === undefined || error.type === undefined) {
      return lost ?? new UnknownOutcome(`write of issue ${write.number}`, 'no type');
    }
    if (error.type === 'NOT_FOUND') {
      const message = `what issue ${write.number} was to have is not there any more`;
      return new Failure('Conflict', message, { seen: error.message ?? '', retryAfterMs: 1000 });
    }
    failed += 1;
    said.push(...fields.map((field) => ({ field, reason: error.message ?? 'it does not say' })));
  }
  if (failed > 0 && failed === steps.length && refused.length === 0) {
    const reason = said.map(({ field, reason: why }) => `${field}: ${why}`).join('; ');
    return { kind: 'refused', number: write.number, reason };
  }
  return { kind: 'written', issue: state, history, refused: [...refused, ...said] };
}
