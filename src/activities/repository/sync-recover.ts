/** Nobody's edit is lost that came between our reading and our writing of an issue: what a write passed over is found and put back. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { canonicalBody, changedFields, isSameField } from '../../domain/issue-sync/canon.js';
import { closeGap, passedOver } from '../../domain/issue-sync/gap.js';
import type { FileNow, HostChange, IssueInput } from '../../domain/issue-sync/issue-plan.js';
import { pathInMarker } from '../../domain/issue-sync/markers.js';
import type {
  BaseRecord,
  FieldName,
  HostIssue,
  IssueFields,
  IssueHistory,
} from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import type { Decided } from './sync-decide.js';
import type { HostSide } from './sync-host.js';

/** Somebody may write as quickly as we do; what moves on after so many is left to the next pass, with its base where it was. */
const mostRecoveries = 3;

const replaced = ['title', 'body', 'milestone', 'state', 'reason'] as const satisfies FieldName[];
type Replaced = (typeof replaced)[number];

export interface Recovery {
  /** As it is now. */
  readonly issue: HostIssue;
  /** Whether our last write may have passed over something: it was not looked at any more, or not taken. */
  readonly isMoving: boolean;
  /** Writes that put something back. */
  readonly writes: readonly { readonly before: HostIssue; readonly after: HostIssue }[];
  /** What the host does not take back, such as a milestone that was deleted since: it stays in the record alone. */
  readonly notTaken: readonly NotTaken[];
  /** What people wrote and nobody has seen: it cannot be put back, for another has written there since. */
  readonly passedOver: ReturnType<typeof passedOver>;
}

interface NotTaken {
  readonly field: Replaced;
  readonly value: string | null;
  readonly reason: string;
}

interface Written {
  readonly issue: HostIssue;
  readonly history: IssueHistory;
}

/** There is no lock on issues: whoever edited between our read and our write is found in what the host remembers. */
export async function recover(
  ports: ActivityPorts,
  repository: RepositoryKey,
  host: HostSide,
  { input }: Decided,
  outcome: Written,
): Promise<Recovery> {
  let issue = host.keep(outcome.issue);
  let { history } = outcome;
  const writes: { before: HostIssue; after: HostIssue }[] = [];
  const notTaken: NotTaken[] = [];
  const file = input.file ?? fileBefore(input.base);
  if (file === null) return { issue, isMoving: false, writes, notTaken, passedOver: [] };
  const own = await codeHostOf(ports).ownLogin();
  const isOurs = (login: string | null): boolean => login?.toLowerCase() === own.toLowerCase();
  const end = (isMoving: boolean): Recovery => {
    const over = passedOver({ ...input, file, host: issue }, history, isOurs);
    return { issue, isMoving, writes, notTaken, passedOver: over };
  };
  for (let tries = 0; ; tries += 1) {
    heartbeat();
    const lost = closeGap({ ...input, file, host: issue }, history, isOurs);
    const change = lost === null ? null : withoutFields(lost, notTaken);
    if (change === null) return end(false);
    if (tries === mostRecoveries) return end(true);
    const [again] = await host.issues.writeIssues(repository, [change]);
    if (again?.kind === 'refused') {
      notTaken.push(...replaced.flatMap((field) => refusalOf(change, field, again.reason)));
      continue;
    }
    if (again?.kind !== 'written') {
      host.forget(issue.number);
      return end(true);
    }
    for (const { field, reason } of again.refused) {
      notTaken.push(
        ...replaced.flatMap((each) => (each === field ? refusalOf(change, each, reason) : [])),
      );
    }
    writes.push({ before: issue, after: again.issue });
    issue = host.keep(again.issue);
    ({ history } = again);
  }
}

function refusalOf(change: HostChange, field: Replaced, reason: string): readonly NotTaken[] {
  const { [field]: value } = change;
  return value === undefined ? [] : [{ field, value, reason }];
}

/** Null: nothing is left of it. */
function withoutFields(change: HostChange, notTaken: readonly NotTaken[]): HostChange | null {
  const { number, id } = change;
  const left = replaced.filter(
    (name) => change[name] !== undefined && !notTaken.some(({ field }) => field === name),
  );
  if (left.length === 0) return null;
  return { number, id, ...Object.fromEntries(left.map((name) => [name, change[name]])) };
}

/** Those of which a write may have hidden something that nobody has looked for: it died before its commit. */
export async function recoverEarlier(
  ports: ActivityPorts,
  repository: RepositoryKey,
  host: HostSide,
  decided: readonly Decided[],
): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = [];
  const isRepeated = activityInfo().attempt > 1;
  for (const each of decided) {
    const { host: now, base } = each.input;
    if (now?.kind !== 'issue') continue;
    const isChanged = base !== null && changedFields(base.host, now.fields).length > 0;
    if (!(isRepeated && isChanged) && !mayHide(each.input)) continue;
    heartbeat();
    const history = await host.issues.readHistory(repository, now.number);
    const { linking = null } = each.input;
    const isNoted = base !== null || linking !== null;
    const input = isNoted ? each.input : { ...each.input, madeOf: firstOf(now, history) };
    const known = { ...each, input };
    recoveries.push(await recover(ports, repository, host, known, { issue: now, history }));
  }
  return recoveries;
}

/**
 * Whether what the host holds may be a write of ours that the base knows nothing of: what we write comes of a file that
 * changed or of an answer, so the host alone having changed was somebody else.
 */
export function mayHide({ base, linking, file, host }: IssueInput): boolean {
  if (host?.kind !== 'issue') return false;
  const record = base ?? linking ?? null;
  // Who deleted it may have done so after a write that came of it.
  if (file === null) {
    return (
      record !== null &&
      !replaced.every((name) => isSameField(name, host.fields[name], record.host[name]))
    );
  }
  // Made by us and never noted: nobody knows what was written since, if anything was.
  if (record === null) {
    const isOurs = file.file.link === null && host.markers.some(isOfNew);
    return isOurs && host.updatedAtMs > host.createdAtMs;
  }
  return replaced.some(
    (name) =>
      !isSameField(name, host.fields[name], record.host[name]) &&
      (record.questions[name] !== undefined ||
        !isSameField(name, file.file.fields[name], record.file[name])),
  );
}

/** What a deleted file was when it was seen last. */
function fileBefore(base: BaseRecord | null): FileNow | null {
  if (base === null) return null;
  const { path, id, number, file: fields } = base;
  const link = { id, number, repository: '' };
  const file = { path: path ?? '', link, fields, comments: [], newComments: [] };
  return { file, text: '', atMs: null };
}

function isOfNew(marker: string): boolean {
  return pathInMarker(marker) !== null;
}

/** What an issue of ours was made of, whatever was written since. */
function firstOf({ fields }: HostIssue, { bodies, titles, milestones }: IssueHistory): IssueFields {
  const [body, title, milestone] = [bodies[0]?.text ?? null, titles[0], milestones[0]];
  return {
    ...fields,
    ...(body !== null && { body: canonicalBody(body) }),
    ...(title !== undefined && { title: title.from }),
    ...(milestone !== undefined && { milestone: milestone.from }),
    ...{ state: 'open', reason: null },
  };
}
