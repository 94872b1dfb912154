/** Issues made twenty in a call, each once: what an attempt may have made unseen is found again by its marker. */
import type { HostCreation } from '../../domain/issue-sync/issue-plan.js';
import type { HostIssue } from '../../domain/issue-sync/shapes.js';
import { markerComment, withMarker } from '../../domain/repository/marker.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { WriteOutcome } from '../../ports/code-host/synced-issues.js';
import { UnknownOutcome } from './answer-failure.js';
import type { GithubClient } from './client.js';
import { noHistory, toHistory } from './synced-issues-history.js';
import { changedIssues } from './synced-issues-list.js';
import { findByNumber } from './synced-issues-look.js';
import type { NameBook, Names } from './synced-issues-names.js';
import {
  type MutationPart,
  newestNumbersQuery,
  partsMutation,
  variablesOf,
} from './synced-issues-queries.js';
import { toHostIssue } from './synced-issues-shape.js';
import { type Refusal, refuseLogin, refuseMilestone } from './synced-issues-steps.js';
import { errorsByPart, throwIfForbidden } from './synced-issues-parts.js';
import { mostWrites, type PartsAnswer } from './synced-issues-write.js';

/** GitHub's times have no parts of a second, and clocks are set. */
const skewMs = 120_000;
/** Beyond what lists know: twice what a call may have made. */
const mostUnlisted = 40;

export interface Maker {
  readonly client: GithubClient;
  readonly book: NameBook;
  readonly ownLogin: () => Promise<string>;
}

export async function createIssues(
  maker: Maker,
  repository: RepositoryKey,
  issues: readonly HostCreation[],
  retriedSinceMs: number | null,
): Promise<readonly WriteOutcome[]> {
  const startedAtMs = retriedSinceMs ?? maker.client.now();
  const made =
    retriedSinceMs === null
      ? new Map<string, HostIssue>()
      : await findMade(maker, repository, issues, retriedSinceMs);
  const outcomes = new Map<HostCreation, WriteOutcome>();
  for (const issue of issues) {
    const found = made.get(issue.marker);
    if (found !== undefined) outcomes.set(issue, written(found));
  }
  const missing = issues.filter((issue) => !outcomes.has(issue));
  for (let at = 0; at < missing.length; at += mostWrites) {
    const some = missing.slice(at, at + mostWrites);
    const ends = await createSome(maker, repository, some, startedAtMs);
    for (const [index, issue] of some.entries()) {
      const end = ends[index];
      if (end !== undefined) outcomes.set(issue, end);
    }
  }
  return issues.flatMap((issue) => outcomes.get(issue) ?? []);
}

function written(issue: HostIssue, refused: readonly Refusal[] = []): WriteOutcome {
  return { kind: 'written', issue, history: noHistory, refused };
}

interface Planned {
  readonly issue: HostCreation;
  readonly part: MutationPart;
  readonly refused: readonly Refusal[];
}

function plan(issue: HostCreation, names: Names, alias: string): Planned {
  const { title, body, labels, assignees, milestone, marker } = issue;
  const ids = (list: readonly string[], idOf: (name: string) => string | null) =>
    list.flatMap((name) => idOf(name) ?? []);
  const milestoneId = milestone === null ? null : names.milestone(milestone);
  const refused: Refusal[] = [
    ...labels
      .filter((name) => names.label(name) === null)
      .map((name) => ({ field: 'labels' as const, reason: names.whyNoLabel(name) })),
    ...assignees.filter((login) => names.login(login) === null).map(refuseLogin),
    ...(milestone !== null && milestoneId === null ? [refuseMilestone(milestone)] : []),
  ];
  const input = {
    ...{ repositoryId: names.repositoryId, title, body: withMarker(body, marker) },
    ...{ labelIds: ids(labels, names.label), assigneeIds: ids(assignees, names.login) },
    ...(milestoneId !== null && { milestoneId }),
  };
  return { issue, refused, part: { alias, field: 'createIssue', input, isLast: true } };
}

async function createSome(
  maker: Maker,
  repository: RepositoryKey,
  issues: readonly HostCreation[],
  sinceMs: number,
): Promise<readonly WriteOutcome[]> {
  const { client, book } = maker;
  const names = await book.find(repository, {
    withRepository: true,
    labels: issues.flatMap(({ labels }) => labels),
    logins: issues.flatMap(({ assignees }) => assignees),
    milestones: issues.flatMap(({ milestone }) => milestone ?? []),
  });
  const planned = issues.map((issue, index) => plan(issue, names, `c${index}`));
  const parts = planned.map(({ part }) => part);
  const document = partsMutation('createIssues', parts);
  try {
    const { data, errors } = await client.queryParts<PartsAnswer>(
      ...([repository, 'writeIssues', document, variablesOf(parts)] as const),
    );
    throwIfForbidden(errors, parts.length);
    if (errors.some(({ type }) => type === 'NOT_FOUND')) book.forget(repository);
    const said = errorsByPart(errors);
    const ends = planned.map<WriteOutcome | null>(({ part, refused }) => {
      const issue = data[part.alias]?.issue;
      if (issue != null) {
        return { kind: 'written', issue: toHostIssue(issue), history: toHistory(issue), refused };
      }
      const error = said.get(part.alias);
      const isRefused = error?.type !== undefined && error.type !== 'NOT_FOUND';
      return isRefused
        ? { kind: 'refused', number: null, reason: error.message ?? 'it does not say why' }
        : null;
    });
    return await settle(maker, repository, planned, ends, sinceMs);
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
    const none = planned.map(() => null);
    return await settle(maker, repository, planned, none, sinceMs, error);
  }
}

/** @param ends null where nobody knows @throws UnknownOutcome when one of these is not found: the next attempt looks again */
async function settle(
  maker: Maker,
  repository: RepositoryKey,
  planned: readonly Planned[],
  ends: readonly (WriteOutcome | null)[],
  sinceMs: number,
  lost = new UnknownOutcome('issues were to be made', 'some are not answered for'),
): Promise<readonly WriteOutcome[]> {
  const unclear = planned.filter((_, index) => ends[index] === null);
  if (unclear.length === 0) return ends.flatMap((end) => end ?? []);
  const issues = unclear.map(({ issue }) => issue);
  const made = await findMade(maker, repository, issues, sinceMs);
  return planned.map(({ issue, refused }, index) => {
    const end = ends[index];
    if (end != null) return end;
    const found = made.get(issue.marker);
    if (found === undefined) throw lost;
    return written(found, refused);
  });
}

/** By marker; only what we wrote ourselves counts. */
async function findMade(
  { client, ownLogin }: Maker,
  repository: RepositoryKey,
  issues: readonly HostCreation[],
  sinceMs: number,
): Promise<ReadonlyMap<string, HostIssue>> {
  const own = await ownLogin();
  const wanted = new Map(issues.map(({ marker }) => [markerComment(marker), marker]));
  const made = new Map<string, HostIssue>();
  const keep = (issue: HostIssue) => {
    if (issue.author !== own) return;
    for (const comment of issue.markers) {
      const marker = wanted.get(comment);
      if (marker !== undefined && !made.has(marker)) made.set(marker, issue);
    }
  };
  let highest = 0;
  const fromMs = client.earliestThere(sinceMs) - skewMs;
  for await (const issue of changedIssues(client, repository, fromMs)) {
    keep(issue);
    highest = Math.max(highest, issue.number);
  }
  if (made.size === wanted.size) return made;
  // Lists come late: what was just made is asked for by the numbers that follow.
  highest = Math.max(highest, await newestNumber(client, repository));
  const numbers = Array.from({ length: mostUnlisted }, (_, index) => highest + 1 + index);
  for (const issue of await findByNumber(client, repository, numbers)) keep(issue);
  return made;
}

async function newestNumber(client: GithubClient, repository: RepositoryKey): Promise<number> {
  interface Newest {
    readonly nodes: readonly ({ readonly number: number } | null)[] | null;
  }
  const variables = { owner: repository.owner, name: repository.name };
  const answer = await client.query<{
    readonly repository: { readonly issues: Newest; readonly pullRequests: Newest };
  }>(repository, 'readItems', newestNumbersQuery, variables);
  const { issues, pullRequests } = answer.repository;
  const all = [...(issues.nodes ?? []), ...(pullRequests.nodes ?? [])];
  return Math.max(0, ...all.map((one) => one?.number ?? 0));
}
