/** Issues, and what pull requests share with them, at GitHub. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { hasMarker, withMarker } from '../../domain/repository/marker.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Comment, Item } from '../../domain/repository/shapes.js';
import type { Creation } from '../../ports/code-host/call.js';
import type { ItemQuery, Items } from '../../ports/code-host/items.js';
import { type GithubClient, nullIfNotFound, sendOnce } from './client.js';
import { toComment, toItem, toItemEvent } from './item-shape.js';
import { listItems } from './list-items.js';
import { readAll } from './pages.js';

/** GitHub's times have no parts of a second, and clocks are set. */
const skewMs = 120_000;

export function createGithubItems(client: GithubClient, ownLogin: () => Promise<string>): Items {
  const reading = (repository: RepositoryKey) => client.as(repository, 'readItems').rest.issues;
  const writing = (repository: RepositoryKey) => client.as(repository, 'writeItems').rest.issues;

  async function readItem(repository: RepositoryKey, number: number): Promise<Item | null> {
    const found = await nullIfNotFound(() =>
      reading(repository).get({ ...place(repository), issue_number: number }),
    );
    if (found === null || (await isElsewhere(repository, found.data, number))) return null;
    return toItem(found.data);
  }

  /** What was moved away is led to its new place; so is everything in a repository that was renamed. */
  async function isElsewhere(
    repository: RepositoryKey,
    { number: foundNumber, repository_url: url }: Rest['issues']['get']['response']['data'],
    number: number,
  ): Promise<boolean> {
    if (foundNumber !== number) return true;
    if (url.toLowerCase().endsWith(`/repos/${repositoryPath(repository)}`.toLowerCase()))
      return false;
    const { data } = await client.as(repository, 'readCode').rest.repos.get(place(repository));
    return data.url.toLowerCase() !== url.toLowerCase();
  }

  async function listComments(
    repository: RepositoryKey,
    number: number,
    sinceMs?: number,
  ): Promise<readonly Comment[]> {
    const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() };
    const octokit = client.as(repository, 'readItems');
    const parameters = { ...place(repository), issue_number: number, ...since };
    const all = await readAll(
      octokit,
      octokit.rest.issues.listComments,
      parameters,
      (page) => page,
    );
    return all.map(toComment);
  }

  async function findIssue(
    repository: RepositoryKey,
    marker: string,
    sinceMs: number,
  ): Promise<Item | null> {
    const own = await ownLogin();
    const query: ItemQuery = {
      ...{
        state: 'all',
        order: 'updatedAscending',
        updatedSinceMs: client.earliestThere(sinceMs) - skewMs,
      },
    };
    for await (const item of listItems(client, repository, query)) {
      if (!item.isPull && item.author.login === own && hasMarker(item.body, marker)) return item;
    }
    return null;
  }

  async function findComment(
    repository: RepositoryKey,
    number: number,
    marker: string,
    sinceMs: number,
  ): Promise<Comment | null> {
    const own = await ownLogin();
    const comments = await listComments(repository, number, client.earliestThere(sinceMs) - skewMs);
    return (
      comments.find(({ author, body }) => author.login === own && hasMarker(body, marker)) ?? null
    );
  }

  return {
    listItems: (repository, query) => listItems(client, repository, query),
    readItem,
    listComments,

    async listEvents(repository, number) {
      const octokit = client.as(repository, 'readItems');
      const parameters = { ...place(repository), issue_number: number };
      const { listEventsForTimeline } = octokit.rest.issues;
      const events = await readAll(octokit, listEventsForTimeline, parameters, (page) => page);
      return events.map(toItemEvent);
    },

    async createIssue(repository, issue, { marker, retriedSinceMs }) {
      const find = (sinceMs: number) => findIssue(repository, marker, sinceMs);
      const { title, body, labels, assignees } = issue;
      return create({ marker, retriedSinceMs }, client.now(), find, async () => {
        const { data } = await writing(repository).create({
          ...{ ...place(repository), title, body: withMarker(body, marker) },
          ...{ labels: [...labels], assignees: [...assignees] },
        });
        return toItem(data);
      });
    },

    async editItem(repository, number, change) {
      const { title, body, state, stateReason, milestone } = change;
      const wanted = {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { body }),
        ...(state !== undefined && { state }),
        ...(stateReason !== undefined && { state_reason: stateReason }),
        ...(milestone !== undefined && { milestone }),
      };
      return sendOnce(
        async () => {
          const parameters = { ...place(repository), issue_number: number, ...wanted };
          return toItem((await writing(repository).update(parameters)).data);
        },
        async () => {
          const item = await readItem(repository, number);
          const isSo =
            item !== null &&
            (title === undefined || item.title === title) &&
            (body === undefined || item.body === body) &&
            (state === undefined || item.state === state) &&
            (milestone === undefined || (item.milestone?.number ?? null) === milestone);
          return isSo ? item : null;
        },
      );
    },

    async createComment(repository, number, body, { marker, retriedSinceMs }) {
      const find = (sinceMs: number) => findComment(repository, number, marker, sinceMs);
      return create({ marker, retriedSinceMs }, client.now(), find, async () => {
        const text = withMarker(body, marker);
        const parameters = { ...place(repository), issue_number: number, body: text };
        return toComment((await writing(repository).createComment(parameters)).data);
      });
    },

    async editComment(repository, id, body) {
      const parameters = { ...place(repository), comment_id: id };
      await sendOnce(
        async () => {
          await writing(repository).updateComment({ ...parameters, body });
          return true;
        },
        async () => {
          const { data } = await reading(repository).getComment(parameters);
          return data.body === body ? true : null;
        },
      );
    },

    async changeLabels(repository, number, { add, remove, known }) {
      const parameters = { ...place(repository), issue_number: number };
      const labels = known ?? toItem((await reading(repository).get(parameters)).data).labels;
      const present = new Set(labels.map((label) => label.toLowerCase()));
      const missing = add.filter((label) => !present.has(label.toLowerCase()));
      // Both are the same when they are sent again, so an unknown outcome needs no look.
      if (missing.length > 0)
        await writing(repository).addLabels({ ...parameters, labels: missing });
      for (const name of remove.filter((label) => present.has(label.toLowerCase()))) {
        await nullIfNotFound(() => writing(repository).removeLabel({ ...parameters, name }));
      }
    },

    async ensureLabel(repository, { name, color, description }) {
      const parameters = { ...place(repository), name };
      const read = () => nullIfNotFound(() => reading(repository).getLabel(parameters));
      if ((await read()) !== null) return false;
      try {
        const wanted = { color: color.replace(/^#/, ''), description: description.slice(0, 100) };
        await writing(repository).createLabel({ ...parameters, ...wanted });
        return true;
      } catch (error) {
        // Somebody else made it at the same time, or we did.
        if ((await read()) === null) throw error;
        return false;
      }
    },
  };
}

/** Looks first when an earlier attempt may have done it, and afterwards when this one may have. */
async function create<T>(
  { retriedSinceMs }: Creation,
  nowMs: number,
  find: (sinceMs: number) => Promise<T | null>,
  send: () => Promise<T>,
): Promise<T> {
  const earlier = retriedSinceMs === null ? null : await find(retriedSinceMs);
  return earlier ?? sendOnce(send, () => find(retriedSinceMs ?? nowMs));
}

export function place({ owner, name }: RepositoryKey): { owner: string; repo: string } {
  return { owner, repo: name };
}
