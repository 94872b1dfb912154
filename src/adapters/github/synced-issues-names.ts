/** Ids by which GraphQL knows labels, milestones and people, asked for once and kept for a while. */
import { Failure } from '../../domain/failures.js';
import { nameKey } from '../../domain/issue-sync/canon.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { UnknownOutcome } from './answer-failure.js';
import type { GithubClient } from './client.js';
import { errorsByPart, throwIfForbidden } from './synced-issues-parts.js';
import {
  type MutationPart,
  namesQuery,
  partsMutation,
  variablesOf,
} from './synced-issues-queries.js';
import { present } from './synced-issues-shape.js';

/** As long as a pass may take. */
const keptMs = 5 * 60_000;
/** As GitHub colours a label that is put on an issue before it is made. */
const usualColor = 'ededed';

export interface WantedNames {
  /** Made where they are missing. */
  readonly labels: readonly string[];
  /** Passed over where they are missing. */
  readonly knownLabels?: readonly string[];
  readonly milestones: readonly string[];
  readonly logins: readonly string[];
  /** Whether the id of the repository itself is needed. */
  readonly withRepository?: boolean;
  /** Numbers of issues whose assignees may be taken away, also who could not be assigned any more. */
  readonly assigneesOf?: readonly number[];
}

/** Null: there is none, as far as was asked. */
export interface Names {
  /** Empty unless it was asked for or something else was. */
  readonly repositoryId: string;
  readonly label: (name: string) => string | null;
  /** What GitHub said to a label that it does not make. */
  readonly whyNoLabel: (name: string) => string;
  readonly milestone: (title: string) => string | null;
  /** Of somebody who can be assigned. */
  readonly login: (login: string) => string | null;
  /** Of somebody who is assigned to one of the issues asked about. */
  readonly assignee: (login: string) => string | null;
}

export interface NameBook {
  find(repository: RepositoryKey, wanted: WantedNames): Promise<Names>;
  /** One of the ids was of something that is not there any more. */
  forget(repository: RepositoryKey): void;
}

interface Page {
  readonly atMs: number;
  repositoryId: string;
  readonly labels: Map<string, string>;
  /** Those that GitHub does not make, and what it says to them. */
  readonly noLabels: Map<string, string>;
  readonly logins: Map<string, string>;
  readonly assignees: Map<string, string>;
  /** Null: not asked yet. */
  milestones: Map<string, string> | null;
}

interface Named {
  readonly id: string;
}

export function createNameBook(client: GithubClient): NameBook {
  const pages = new Map<string, Page>();
  const keyOf = (repository: RepositoryKey) => repositoryPath(repository).toLowerCase();

  function pageOf(repository: RepositoryKey): Page {
    const kept = pages.get(keyOf(repository));
    if (kept !== undefined && client.now() - kept.atMs < keptMs) return kept;
    const page: Page = {
      ...{ atMs: client.now(), repositoryId: '', milestones: null },
      ...{ labels: new Map(), noLabels: new Map(), logins: new Map(), assignees: new Map() },
    };
    pages.set(keyOf(repository), page);
    return page;
  }

  return {
    forget: (repository) => void pages.delete(keyOf(repository)),
    async find(repository, wanted) {
      const page = pageOf(repository);
      await ask(client, repository, page, wanted);
      await makeLabels(client, repository, page, wanted.labels);
      const of = (map: ReadonlyMap<string, string> | null) => (name: string) =>
        map?.get(nameKey(name)) ?? null;
      return {
        ...{ repositoryId: page.repositoryId, label: of(page.labels), login: of(page.logins) },
        ...{ milestone: of(page.milestones), assignee: of(page.assignees) },
        whyNoLabel: (name) =>
          `GitHub makes no label "${name}": ${page.noLabels.get(nameKey(name)) ?? 'it does not say why'}`,
      };
    },
  };
}

const unknown = (names: readonly string[], known: ReadonlyMap<string, string>) =>
  [...new Map(names.map((name) => [nameKey(name), name])).values()].filter(
    (name) => !known.has(nameKey(name)),
  );

/** Everything that is not known yet, in one call. */
async function ask(
  client: GithubClient,
  repository: RepositoryKey,
  page: Page,
  wanted: WantedNames,
): Promise<void> {
  const { labels, knownLabels = [], logins, milestones, assigneesOf = [] } = wanted;
  const missing = {
    labels: unknown([...labels, ...knownLabels], page.labels).filter(
      (name) => !page.noLabels.has(nameKey(name)),
    ),
    logins: unknown(logins, page.logins),
    assigneesOf: [...new Set(assigneesOf)],
  };
  const first = page.milestones ?? new Map<string, string>();
  let withMilestones = unknown(milestones, first).length > 0;
  const isAsked = wanted.withRepository === true && page.repositoryId === '';
  const isKnown = !isAsked && !withMilestones;
  if (isKnown && Object.values(missing).every((list) => list.length === 0)) return;
  let after: string | null = null;
  do {
    const document = namesQuery({ ...missing, withMilestones });
    const answer: Answer = await read(client, repository, document, {
      ...Object.fromEntries(missing.labels.map((name, index) => [`l${index}`, name])),
      ...Object.fromEntries(missing.logins.map((name, index) => [`u${index}`, name])),
      ...(withMilestones && { after }),
    });
    keep(page, missing, answer);
    const { milestones: found } = answer;
    for (const { title, id } of present(found)) {
      page.milestones ??= new Map();
      page.milestones.set(nameKey(title), id);
    }
    after = found?.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
    withMilestones = after !== null;
    Object.assign(missing, { labels: [], logins: [], assigneesOf: [] });
  } while (withMilestones);
}

interface Answer {
  readonly id: string;
  readonly milestones?: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: readonly ({ readonly id: string; readonly title: string } | null)[] | null;
  } | null;
  readonly [alias: `l${number}`]: Named | null;
  readonly [alias: `u${number}`]: {
    readonly nodes: readonly ({ readonly id: string; readonly login: string } | null)[] | null;
  } | null;
  readonly [alias: `a${number}`]: {
    readonly assignees: {
      readonly nodes: readonly ({ readonly id: string; readonly login: string } | null)[] | null;
    };
  } | null;
}

/** An issue that is not there has no assignees; whatever else fails, fails all. */
async function read(
  client: GithubClient,
  repository: RepositoryKey,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const all = { owner: repository.owner, name: repository.name, ...variables };
  const { data, errors } = await client.queryParts<{ readonly repository: Answer | null }>(
    ...([repository, 'readIssues', document, all] as const),
  );
  const where = repositoryPath(repository);
  const wrong = errors.find(({ type }) => type !== 'NOT_FOUND');
  if (wrong !== undefined) {
    throw new Failure('Unavailable', `GitHub did not name all: ${wrong.message}`, { where });
  }
  if (data.repository !== null) return data.repository;
  throw new Failure('NotFound', `there is no ${where}, or it is hidden`, { where });
}

function keep(
  page: Page,
  missing: Readonly<Record<'labels' | 'logins', readonly string[]>> & {
    readonly assigneesOf: readonly number[];
  },
  answer: Answer,
): void {
  page.repositoryId = answer.id;
  for (const [index, name] of missing.labels.entries()) {
    const label = answer[`l${index}`];
    if (label != null) page.labels.set(nameKey(name), label.id);
  }
  for (const index of missing.logins.keys()) {
    for (const { login, id } of present(answer[`u${index}`])) page.logins.set(nameKey(login), id);
  }
  for (const number of missing.assigneesOf) {
    for (const { login, id } of present(answer[`a${number}`]?.assignees)) {
      page.assignees.set(nameKey(login), id);
    }
  }
}

/** All that are missing in one call; what somebody else has just made is asked for again. */
async function makeLabels(
  client: GithubClient,
  repository: RepositoryKey,
  page: Page,
  names: readonly string[],
): Promise<void> {
  const isOpen = (name: string) => !page.noLabels.has(nameKey(name));
  const missing = unknown(names, page.labels).filter(isOpen);
  if (missing.length === 0) return;
  const parts = missing.map<MutationPart>((name, index) => ({
    ...{ alias: `l${index}`, field: 'createLabel', isLast: false },
    input: { repositoryId: page.repositoryId, name, color: usualColor },
  }));
  const { data, errors } = await client.queryParts<
    Readonly<Record<string, { readonly label: Named | null } | null>>
  >(repository, 'writeIssues', partsMutation('createLabels', parts), variablesOf(parts));
  throwIfForbidden(errors, parts.length);
  const said = errorsByPart(errors);
  for (const [index, name] of missing.entries()) {
    const id = data[`l${index}`]?.label?.id;
    if (id !== undefined) page.labels.set(nameKey(name), id);
  }
  const refused = unknown(missing, page.labels);
  if (refused.length === 0) return;
  await ask(client, repository, page, { labels: refused, milestones: [], logins: [] });
  for (const name of unknown(refused, page.labels)) {
    const error = said.get(`l${missing.indexOf(name)}`);
    // What only went wrong may go well the next time.
    if (error?.type === undefined) throw new UnknownOutcome(`label "${name}"`, 'no type');
    page.noLabels.set(nameKey(name), error.message ?? error.type);
  }
}
