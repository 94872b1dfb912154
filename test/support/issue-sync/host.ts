/** What the sync asks of a code host, answered by the model; between any two of its acts somebody else may act, or the worker may die. */
import { Failure } from '../../../src/domain/failures.js';
import { canonicalBody, hostBody, markersIn } from '../../../src/domain/issue-sync/canon.js';
import type { HostIssue, IssueComment } from '../../../src/domain/issue-sync/shapes.js';
import { markerComment } from '../../../src/domain/repository/marker.js';
import type { CheckReport } from '../../../src/ports/code-host/checks.js';
import type { CodeHost } from '../../../src/ports/code-host/code-host.js';
import type { SyncedIssues, WriteOutcome } from '../../../src/ports/code-host/synced-issues.js';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { commitAt, createModelTree, isAncestor } from './tree.js';
import {
  addComment,
  createIssue,
  historyOf,
  type ModelIssue,
  type ModelPull,
  readIssue,
  sync,
  type World,
  writeIssue,
} from './world.js';

/** Called before and after every act of a port, and between the parts of one that does several things. */
export type Disturb = (point: string) => void;

const noHistory = { bodies: [], titles: [], milestones: [], states: [] };

export function createModelPorts(world: World, disturb: Disturb): ActivityPorts {
  const { repository } = world;
  const tree = disturbed('tree', createModelTree(repository), disturb);
  const codeHost = {
    syncedIssues: issuesOf(world, disturb),
    items: disturbed('items', itemsOf(world), disturb),
    pulls: disturbed('pulls', pullsOf(world), disturb),
    refs: disturbed('refs', refsOf(world), disturb),
    checks: disturbed('checks', checksOf(world), disturb),
    contents: {
      async readFile(_: unknown, path: string, ref: string) {
        const at = commitAt(repository, `refs/heads/${ref}`) ?? commitAt(repository, ref);
        return at?.files.get(path) ?? null;
      },
    },
    ownLogin: async () => sync,
  } as unknown as CodeHost;
  const ledger = {
    async append(events: readonly unknown[]) {
      disturb('ledger');
      for (const event of events) world.ledger.push(JSON.stringify(event));
    },
  };
  const ports = { codeHost, issueTree: tree, issueTreeOverApi: tree, ledger, platforms: {} };
  return { ...ports, now: () => world.nowMs } as unknown as ActivityPorts;
}

function disturbed<Port extends object>(name: string, port: Port, disturb: Disturb): Port {
  const wrapped = Object.entries(port).map(([act, run]) => [
    act,
    async (...given: unknown[]) => {
      disturb(`before ${name}.${act}`);
      const result = await (run as (...all: unknown[]) => Promise<unknown>)(...given);
      disturb(`after ${name}.${act}`);
      return result;
    },
  ]);
  return Object.fromEntries(wrapped) as Port;
}

function living(world: World, number: number): ModelIssue | null {
  const issue = world.issues.get(number);
  return issue === undefined || issue.gone !== null ? null : issue;
}

function issuesOf(world: World, disturb: Disturb): SyncedIssues {
  const since = (sinceMs: number | null) =>
    [...world.issues.values()]
      .filter(({ gone, updatedAtMs }) => gone === null && updatedAtMs >= (sinceMs ?? 0))
      .sort((a, b) => a.updatedAtMs - b.updatedAtMs || a.number - b.number);
  const shown = (number: number) => readIssue(world, number) as HostIssue;
  const acts = {
    async readIssues(_: unknown, numbers: readonly number[]) {
      return numbers.map((number) => readIssue(world, number));
    },
    async readComments(_: unknown, number: number): Promise<readonly IssueComment[]> {
      return [...(living(world, number)?.comments ?? [])];
    },
    readHistory: async (_: unknown, number: number) => historyOf(world, number),
    async writeIssues(_: unknown, writes: Parameters<SyncedIssues['writeIssues']>[1]) {
      return writes.map((write): WriteOutcome => {
        disturb('write');
        const state = readIssue(world, write.number);
        if (state.kind !== 'issue') return { kind: 'gone', state };
        const refused = Object.entries(writeIssue(world, write)).map(([field, reason]) => ({
          ...{ field: field as 'assignees', reason },
        }));
        const issue = shown(write.number);
        const history = historyOf(world, write.number);
        disturb('written');
        return { kind: 'written', issue, history, refused };
      });
    },
    async createIssues(
      _: unknown,
      news: Parameters<SyncedIssues['createIssues']>[1],
      retriedSinceMs: number | null,
    ) {
      return news.map((issue): WriteOutcome => {
        disturb('create');
        const marker = markerComment(issue.marker);
        const made =
          retriedSinceMs === null
            ? undefined
            : since(retriedSinceMs).find(
                ({ markers, author }) => author === sync && markers.includes(marker),
              );
        const number = made?.number ?? createIssue(world, { ...issue, marker });
        const result = shown(number);
        disturb('created');
        return { kind: 'written', issue: result, history: noHistory, refused: [] };
      });
    },
  };
  return {
    ...disturbed('issues', acts, disturb),
    async *changedIssues(_, sinceMs) {
      for (const { number } of since(sinceMs)) yield shown(number);
      disturb('after issues.changedIssues');
    },
    async *changedComments(_, sinceMs) {
      for (const { number, comments } of since(null)) {
        for (const comment of comments) {
          if (comment.updatedAtMs >= (sinceMs ?? 0)) yield { ...comment, number };
        }
      }
      disturb('after issues.changedComments');
    },
  };
}

function itemsOf(world: World) {
  const told = ({ id, author, body, markers = [], ...times }: IssueComment) => ({
    ...{ id, author: { login: author, kind: 'person' }, body: hostBody(body, markers) },
    ...times,
  });
  return {
    async listComments(_: unknown, number: number) {
      return (living(world, number)?.comments ?? []).map(told);
    },
    async createComment(
      _: unknown,
      number: number,
      body: string,
      { marker, retriedSinceMs }: { marker: string; retriedSinceMs: number | null },
    ) {
      const issue = living(world, number);
      if (issue === null) throw new Failure('NotFound', `there is no issue ${number}`);
      const own = markerComment(marker);
      const made = issue.comments.find(({ markers = [] }) => markers.includes(own));
      if (made !== undefined && retriedSinceMs !== null) return told(made);
      world.hostWrites += 1;
      return told(addComment(world, issue, canonicalBody(body), sync, [own]));
    },
    async editComment(_: unknown, id: number, body: string) {
      for (const issue of world.issues.values()) {
        if (!issue.comments.some((each) => each.id === id)) continue;
        world.hostWrites += 1;
        issue.updatedAtMs = world.nowMs;
        const text = { body: canonicalBody(body), markers: markersIn(body) };
        issue.comments = issue.comments.map((each) =>
          each.id === id ? { ...each, ...text, updatedAtMs: world.nowMs } : each,
        );
        return;
      }
      throw new Failure('NotFound', `there is no comment ${id}`);
    },
    ensureLabel: async () => undefined,
    async changeLabels(
      _: unknown,
      number: number,
      { add, remove }: { add: readonly string[]; remove: readonly string[] },
    ) {
      const issue = living(world, number);
      if (issue === null) return;
      const labels = issue.fields.labels.filter((label) => !remove.includes(label));
      const next = [...new Set([...labels, ...add])].sort();
      if (JSON.stringify(next) === JSON.stringify(issue.fields.labels)) return;
      world.hostWrites += 1;
      issue.fields.labels = next;
      issue.updatedAtMs = world.nowMs;
    },
    async editItem(_: unknown, number: number, { state }: { state?: 'open' | 'closed' }) {
      const pull = world.pulls.get(number);
      if (pull !== undefined && state !== undefined) pull.state = state;
      world.hostWrites += 1;
    },
  };
}

function pullsOf(world: World) {
  const told = (pull: ModelPull) => {
    const tip = world.repository.refs.get(`refs/heads/${pull.head}`);
    return {
      ...{ ...pull, isMerged: pull.mergeSha !== null, base: { ref: pull.base } },
      head: { ref: pull.head, sha: tip ?? pull.mergeSha },
    };
  };
  return {
    async readPull(_: unknown, number: number) {
      const pull = world.pulls.get(number);
      return pull === undefined ? null : told(pull);
    },
    async listPulls(_: unknown, { head, state }: { head?: string; state: ModelPull['state'] }) {
      return [...world.pulls.values()]
        .filter((pull) => pull.state === state && (head === undefined || pull.head === head))
        .map(told);
    },
    async createPull(_: unknown, { head, base }: { head: string; base: string }) {
      const open = [...world.pulls.values()].find(
        (pull) => pull.state === 'open' && pull.head === head,
      );
      if (open !== undefined) return told(open);
      const tip = world.repository.refs.get(`refs/heads/${head}`);
      const at = world.repository.refs.get(`refs/heads/${base}`) ?? '';
      if (tip === undefined || isAncestor(world.repository, tip, at)) {
        throw new Failure('InvalidInput', `there is nothing on ${head}`);
      }
      world.hostWrites += 1;
      const number = world.nextId++;
      const pull: ModelPull = { number, head, base, state: 'open', mergeSha: null };
      world.pulls.set(number, pull);
      return told(pull);
    },
  };
}

function refsOf(world: World) {
  const { refs, commits } = world.repository;
  const isTaken = (ref: string) => world.isOwnRefTaken || !ref.startsWith('refs/backup/');
  return {
    readRef: async (_: unknown, ref: string) => refs.get(ref) ?? null,
    readCommit: async (_: unknown, sha: string) => commits.get(sha),
    listRefs: async (_: unknown, prefix: string) =>
      [...refs].flatMap(([ref, sha]) => (ref.startsWith(prefix) ? [{ ref, sha }] : [])),
    async updateRefs(
      _: unknown,
      updates: readonly { ref: string; before: string | null; after: string | null }[],
    ) {
      if (!updates.every(({ ref }) => isTaken(ref)))
        throw new Failure('InvalidInput', 'no such ref');
      const due = updates.filter(({ ref, after }) => (refs.get(ref) ?? null) !== after);
      for (const { ref, before } of due) {
        const now = refs.get(ref) ?? null;
        if (now !== before) throw new Failure('Conflict', `${ref} is at ${now}`);
      }
      for (const { ref, after } of due) {
        world.hostWrites += 1;
        if (after !== null) refs.set(ref, after);
        else refs.delete(ref);
        for (const pull of world.pulls.values()) {
          if (after === null && `refs/heads/${pull.head}` === ref) pull.state = 'closed';
        }
      }
    },
  };
}

function checksOf(world: World) {
  return {
    async report(_: unknown, { sha, conclusion }: CheckReport) {
      world.checks.set(sha, conclusion);
    },
  };
}
