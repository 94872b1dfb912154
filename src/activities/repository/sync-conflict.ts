/** What people see when both sides of an issue changed the same: a pull request, one comment, a label and a check; gone when it is settled. */
import { heartbeat } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import { conflictBranch, conflictLabel } from '../../domain/issue-sync/hear.js';
import { shortHash } from '../../domain/issue-sync/markers.js';
import { leftOverMarker } from '../../domain/issue-sync/merge-body.js';
import type { BaseRecord } from '../../domain/issue-sync/shapes.js';
import { hasMarker, withMarker } from '../../domain/repository/marker.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Comment } from '../../domain/repository/shapes.js';
import type { CheckReport } from '../../ports/code-host/checks.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';
import { type ActivityPorts, codeHostOf, issueTreeOf } from '../ports.js';
import { recordAct } from '../record.js';
import { backUp } from './sync-backup.js';
import type { Decided } from './sync-decide.js';
import { conflictMarker } from './sync-host.js';
import type { StepInput } from './sync-step.js';

const checkName = 'Sluice sync';
const trailer = 'Sync-Conflict: ';

/** What people see of a conflict by now. */
export interface Asked {
  readonly pull: number;
  /** Otherwise the branch shows what it did before. */
  readonly isPushed: boolean;
  readonly digest: string;
}

export interface Tended {
  /** Those asked about now, by issue. */
  readonly tended: ReadonlyMap<number, Asked>;
  /** Why nobody could be asked, by issue. */
  readonly troubles: ReadonlyMap<number, string>;
  /** Left for the next time. */
  readonly deferred: readonly number[];
}

/** Each takes a dozen calls, and an activity two minutes. */
const atOnce = 10;
const isNo: ReadonlySet<string> = new Set(['InvalidInput', 'PolicyDenied', 'Forbidden']);

/** Asks about new conflicts, tells how known ones changed, and clears away settled ones. */
export async function tendConflicts(
  ports: ActivityPorts,
  call: StepInput,
  decided: readonly Decided[],
  nowMs: number,
): Promise<Tended> {
  const tended = new Map<number, Asked>();
  const troubles = new Map<number, string>();
  const due = decided.flatMap((each) => {
    const { plan, input } = each;
    if (plan.number === null) return [];
    const known = pullOf(input.linking ?? input.base);
    const isNew = plan.conflict !== null && (plan.conflict.isChanged || known === null);
    const isOver =
      plan.conflict === null &&
      hasConflict(input.linking ?? input.base) &&
      plan.record !== null &&
      isSettled(plan.record);
    return isNew || isOver ? [{ each, number: plan.number, known, isOver }] : [];
  });
  for (const { each, number, known, isOver } of due.slice(0, atOnce)) {
    heartbeat();
    try {
      if (isOver) await clear(ports, call, each, { pull: known, nowMs });
      else {
        const now = await ask(ports, call, each, nowMs);
        if (typeof now === 'string') troubles.set(number, now);
        else if (now !== null) tended.set(number, now);
      }
    } catch (error) {
      // That one waits, and all else goes on.
      if (isOver || !(error instanceof Failure) || !isNo.has(error.code)) throw error;
      troubles.set(number, `nobody could be asked: ${error.message}`);
    }
  }
  return { tended, troubles, deferred: due.slice(atOnce).map(({ number }) => number) };
}

function pullOf(base: BaseRecord | null): number | null {
  const questions = Object.values(base?.questions ?? {});
  return questions.flatMap((one) => (one.kind === 'conflict' ? (one.pull ?? []) : []))[0] ?? null;
}

function hasConflict(base: BaseRecord | null): boolean {
  return Object.values(base?.questions ?? {}).some(({ kind }) => kind === 'conflict');
}

function isSettled(record: BaseRecord | 'remove'): boolean {
  return record === 'remove' || !hasConflict(record);
}

async function ask(
  ports: ActivityPorts,
  call: StepInput,
  { plan, input }: Decided,
  nowMs: number,
): Promise<Asked | string | null> {
  const { repository, head, branch, policy } = call;
  const { conflict, number } = plan;
  const file = input.file?.file;
  if (conflict === null || number === null || file === undefined) return null;
  const host = codeHostOf(ports);
  const name = conflictBranch(number);
  const ref = `refs/heads/${name}`;
  const fields = conflict.fields.join(', ');
  const tip = await host.refs.readRef(repository, ref);
  const [open] = await host.pulls.listPulls(repository, { state: 'open', head: name });
  let [sha, text]: readonly [string | null, string | null] = [tip, null];
  // What a person pushed there is an answer on its way.
  if (tip === null || open === undefined || (await isOurs(host, repository, tip))) {
    const { path } = conflict;
    if (tip !== null) await backUp(ports, call, { branch: name, tip, isDeleted: false, nowMs });
    const pushed = await issueTreeOf(ports, policy.mode).push(repository, [
      {
        ...{ ref, before: tip, parent: head, author: null, atMs: nowMs },
        writes: [
          ...(path === file.path ? [] : [{ path: file.path, text: null }]),
          { path, text: conflict.text },
        ],
        message: `Ask about #${number}: ${fields}\n\nBoth sides changed it.\n\n${trailer}${number} ${shortHash(conflict.text)} ${path}\n`,
      },
    ]);
    if (pushed.kind === 'denied') return `${name} takes no pushes: ${pushed.reason}`;
    if (pushed.kind === 'pushed') [sha, text] = [pushed.shas[0] ?? null, conflict.text];
  }
  const isPushed = text !== null;
  const title = `Settle #${number}: ${fields}`;
  const pull = await host.pulls.createPull(
    repository,
    {
      ...{ title, head: name, base: branch, isDraft: false },
      body: `Both ${file.path} and #${number} were changed: ${fields}.\n\nLeave what is to stay between the markers, take the markers away, and merge.`,
    },
    { marker: `issue-sync/conflict/${number}`, retriedSinceMs: null },
  );
  await host.items.ensureLabel(repository, {
    ...{ name: conflictLabel, color: 'd93f0b' },
    description: 'File and issue were both changed, and a person is asked',
  });
  await host.items.changeLabels(repository, number, { add: [conflictLabel], remove: [] });
  await say(host, repository, number, askingComment(input, fields, pull.number));
  if (sha !== null) {
    const there = text ?? (await host.contents.readFile(repository, conflict.path, sha));
    if (there !== null) await checkMarkers(host, repository, number, sha, there);
  }
  await recordAct(
    ports,
    call,
    'conflictAsked',
    {
      ...{ repository: repositoryPath(repository), cause: call.reason, number },
      ...{ before: null, after: { pull: pull.number, fields: conflict.fields } },
    },
    number,
  );
  return { pull: pull.number, isPushed, digest: conflict.digest };
}

/** Nobody has written there since we did. */
async function isOurs(host: CodeHost, repository: RepositoryKey, tip: string): Promise<boolean> {
  const { message } = await host.refs.readCommit(repository, tip);
  const [, digest, path] = /^Sync-Conflict: \d+(?: (\S+) (.+))?$/m.exec(message) ?? [];
  if (digest === undefined || path === undefined) return message.includes(trailer);
  // Whoever amends a commit keeps its message.
  const text = await host.contents.readFile(repository, path, tip);
  return text !== null && shortHash(text) === digest;
}

const longestQuote = 5_000;
/** GitHub takes 65,536 characters, and lines get longer by being quoted. */
const longestTold = 60_000;

function askingComment({ file, host, base }: Decided['input'], fields: string, pull: number) {
  if (file === null || host?.kind !== 'issue') return '';
  const quote = (text: string | null): string =>
    (text ?? '—')
      .slice(0, longestQuote)
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n');
  const lines = fields.split(', ').flatMap((name) => {
    if (name !== 'title' && name !== 'body' && name !== 'milestone') return [];
    const question = base?.questions[name];
    const before = question?.kind === 'conflict' ? question.before : (base?.host[name] ?? null);
    return [
      ...['', `**${name}**, in the file:`, '', quote(file.file.fields[name])],
      ...['', 'here:', '', quote(host.fields[name])],
      ...(before === null ? [] : ['', 'before:', '', quote(before)]),
    ];
  });
  const told = lines.join('\n');
  return [
    `This issue and its file \`${file.file.path}\` were both changed: ${fields}. #${pull} asks which it is to be.`,
    told.length > longestTold ? `${told.slice(0, longestTold)} …` : told,
    '',
    'All else goes on being kept the same. Merge the pull request, or make both the same.',
  ].join('\n');
}

/** One comment on the issue, edited in place. */
async function say(
  host: CodeHost,
  repository: RepositoryKey,
  number: number,
  text: string,
): Promise<void> {
  const marker = conflictMarker(number);
  const known = await ownComment(host, repository, number);
  const body = withMarker(text, marker);
  if (known === undefined) {
    await host.items.createComment(repository, number, text, { marker, retriedSinceMs: null });
  } else if (known.body.trim() !== body.trim()) {
    await host.items.editComment(repository, known.id, body);
  }
}

/** Our comment about it; one of somebody else who has copied its marker is theirs. */
export async function ownComment(
  host: CodeHost,
  repository: RepositoryKey,
  number: number,
): Promise<Comment | undefined> {
  const own = (await host.ownLogin()).toLowerCase();
  const comments = await host.items.listComments(repository, number);
  return comments.find(
    ({ body, author }) =>
      author.login.toLowerCase() === own && hasMarker(body, conflictMarker(number)),
  );
}

/** Fails while markers are left in the file. */
export async function checkMarkers(
  host: CodeHost,
  repository: RepositoryKey,
  number: number,
  sha: string,
  text: string,
): Promise<void> {
  const line = leftOverMarker(text) ?? markerInMatter(text);
  const report: CheckReport = {
    ...{ name: checkName, sha, externalId: `sync/conflict/${number}/${sha}` },
    conclusion: line === null ? 'success' : 'failure',
    title: line === null ? 'No markers are left' : `Markers are left in line ${line}`,
    summary:
      line === null
        ? `Merge, and #${number} becomes what the file says.`
        : 'Leave what is to stay between the markers, and take the markers away.',
  };
  try {
    await host.checks.report(repository, report);
  } catch (error) {
    // GitHub takes checks from Apps alone: without one the pull request asks, and all else goes on.
    if (!(error instanceof Failure) || error.code !== 'Forbidden') throw error;
  }
}

/** Titles and milestones have theirs without what was before. */
function markerInMatter(text: string): number | null {
  const at = text.split('\n').findIndex((line) => /^(?:<{7} file|>{7} github)\s*$/.test(line));
  return at < 0 ? null : at + 1;
}

/** Settled: the comment says so, and label, pull request and branch go. Of an issue that is gone only these are left. */
async function clear(
  ports: ActivityPorts,
  call: StepInput,
  { plan, input }: Decided,
  { pull, nowMs }: { readonly pull: number | null; readonly nowMs: number },
): Promise<void> {
  const { repository } = call;
  const { number } = plan;
  if (number === null) return;
  const host = codeHostOf(ports);
  if (input.host?.kind === 'issue') {
    await host.items.changeLabels(repository, number, { add: [], remove: [conflictLabel] });
    await say(host, repository, number, 'This issue and its file are the same again.');
  }
  const known = pull === null ? null : await host.pulls.readPull(repository, pull);
  if (known?.state === 'open') {
    await host.items.editItem(repository, known.number, { state: 'closed' });
  }
  const branch = conflictBranch(number);
  const tip = await host.refs.readRef(repository, `refs/heads/${branch}`);
  if (tip !== null) await backUp(ports, call, { branch, tip, isDeleted: true, nowMs });
  await recordAct(
    ports,
    call,
    'conflictSettled',
    {
      ...{ repository: repositoryPath(repository), cause: call.reason, number },
      ...{ before: { pull }, after: null },
    },
    number,
  );
}
