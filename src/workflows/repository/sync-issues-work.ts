/** What a pass of the sync does: look, write to the host, write to files; after any crash the same again. */
import { isCancellation, uuid4 } from '@temporalio/workflow';
import { Failure } from '../../domain/failures.js';
import { describePass } from '../../domain/issue-sync/describe.js';
import type { SyncItem, SyncPlan, SyncRefusal, SyncWait } from '../../domain/issue-sync/pass.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { PlannedSync, SyncPass } from '../../domain/issue-sync/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { asApplicationFailure } from '../refuse.js';
import type { SyncDesk, SyncErrand } from './sync-issues-desk.js';
import type { SyncIssuesInput } from './sync-issues-messages.js';
import { answersTo, partsOf } from './sync-issues-parts.js';
import { isYoung, type KnownPolicy, readSyncPolicy } from './sync-issues-policy.js';

const usualEveryMs = 300_000;
/** So many are written in one call. */
const atOnce = 20;
const mostTries = 6;
/** A branch that takes no pushes from us is asked again after so long. */
const deniedMs = 86_400_000;

type Counted = Omit<SyncPass, 'atMs' | 'cause'>;

const nothingCounted: Counted = {
  ...{ written: 0, created: 0, comments: 0, files: 0 },
  ...{ commit: null, base: null },
};

/** What is told to every step. */
type SyncCall = Omit<
  Parameters<typeof atCodeHost.writeSyncedIssues>[0],
  'items' | 'retriedSinceMs'
>;

export class SyncWork {
  private known: KnownPolicy | null = null;
  private counted: Counted = nothingCounted;
  private heldDigest: string | null = null;
  private readonly desk: SyncDesk;
  private readonly input: SyncIssuesInput;

  constructor(desk: SyncDesk, input: SyncIssuesInput) {
    this.desk = desk;
    this.input = input;
  }

  get everyMs(): number {
    return this.known?.policy.every ?? usualEveryMs;
  }

  restReason(): string {
    const { plan, waits, trouble, lastPass } = this.desk;
    if (trouble !== null) return `it is tried again: ${trouble}`.slice(0, 300);
    if (plan?.hold) return plan.hold.reason;
    const asked = waits.length === 0 ? '' : `; ${waits.length} wait for a person`;
    return `${lastPass === null ? 'nothing done yet' : describePass(lastPass)}${asked}`;
  }

  /** Why the sync has ended; null while it goes on. */
  async takeTurn(): Promise<string | null> {
    const { desk } = this;
    desk.enter('looking', desk.reason);
    try {
      const known = await this.readPolicy();
      if (typeof known === 'string') return known;
      const errand = desk.takeErrand(Date.now(), known.policy.fullEvery);
      let end: string | null = null;
      try {
        const isDone = await desk.untilStopped(async () => {
          end = await this.pass(known, errand);
        });
        if (!isDone) {
          desk.putBack(errand);
          desk.tell('the pass was stopped on the way');
        }
      } catch (error) {
        desk.putBack(errand);
        throw error;
      }
      if (end !== null) return end;
      desk.trouble = null;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const text = innermostMessage(error);
      if (desk.trouble !== text) desk.tell(`not possible: ${text}`);
      desk.trouble = text;
    }
    return null;
  }

  /** What a pass would do now, all that changed looked at. */
  async planNow(): Promise<PlannedSync> {
    const known = await readSyncPolicy(this.input.repository);
    if (typeof known === 'string')
      throw asApplicationFailure(new Failure('CommandRejected', known));
    const what = { isFull: false, isListed: true, isFiles: true };
    const errand = { ...what, issues: [], answers: [], cause: 'asked for' };
    const found = await this.look(known, errand, uuid4());
    if (found.kind !== 'planned') {
      const why = found.kind === 'off' ? found.reason : 'the branch moves just now';
      throw asApplicationFailure(new Failure('CommandRejected', why));
    }
    const { lines, more, digest, hold, waits } = found.plan;
    return { lines, more, digest, hold: hold?.reason ?? null, waits };
  }

  private async readPolicy(): Promise<KnownPolicy | string> {
    const { desk, known } = this;
    if (known !== null && isYoung(known) && !desk.isPolicyOld) return known;
    const read = await readSyncPolicy(this.input.repository);
    if (typeof read === 'string') return read;
    desk.isPolicyOld = false;
    desk.branch = read.branch;
    this.known = read;
    return read;
  }

  private look(
    known: KnownPolicy,
    { isFull, isListed, issues, answers }: SyncErrand,
    pass: string,
  ) {
    const { repository } = this.input;
    const { policy, branch, isDefaultBranch, head } = known;
    const summary = isFull
      ? 'look at every issue'
      : isListed
        ? 'look at what changed'
        : `look at ${issues.length} issues and at the files`;
    return atCodeHost.planSync.executeWithOptions({ summary }, [
      {
        ...{ repository, policy, branch, isFull, isListed, heard: issues, answers, pass },
        isPull: this.isPull(policy),
        policyHead: isDefaultBranch ? head : null,
        intents: this.desk.intents,
      },
    ]);
  }

  private async pass(first: KnownPolicy, errand: SyncErrand): Promise<string | null> {
    const { desk } = this;
    let known = first;
    let asked = errand;
    for (let tries = 1; ; ) {
      desk.enter('looking', errand.cause);
      const pass = uuid4();
      const found = await this.look(known, asked, pass);
      if (found.kind === 'off') return found.reason;
      if (found.kind === 'policyOld') {
        desk.isPolicyOld = true;
        const read = await this.readPolicy();
        if (typeof read === 'string') return read;
        known = { ...read, head: found.head };
        this.known = known;
        continue;
      }
      const { plan } = found;
      desk.noted = plan.base;
      asked = { ...asked, answers: answersTo(plan.base, asked.answers) };
      known = { ...known, head: plan.head };
      this.known = known;
      if (asked.isFull) desk.fullAtMs = Date.now();
      desk.waits = [...this.deniedWaits(), ...plan.waits];
      if (plan.hold !== null && !asked.isListed) {
        // What somebody approves must be the same when it is looked at again: all there is to do.
        asked = { ...asked, isListed: true };
        continue;
      }
      if (this.mustWait(plan, known.policy, asked)) return null;
      if (asked.isListed || asked.isFiles) await this.checkConflicts(plan.waits, errand);
      const done = await this.carryOut(known, plan, asked, pass);
      if (done === null) {
        this.finishPass(errand);
        return null;
      }
      if (tries >= mostTries) throw new TypeError(`it moves again and again: ${done}`);
      tries += 1;
      // The host's side of it is done, and what was heard is to be compared with what it is now.
      asked = { ...asked, issues: asked.issues.map((issue) => ({ ...issue, digest: null })) };
    }
  }

  /** What people pushed to answer is checked, so that they see whether it may be merged. */
  private async checkConflicts(
    waits: readonly SyncWait[],
    { cause: reason }: SyncErrand,
  ): Promise<void> {
    const { desk } = this;
    const conflicts = waits.flatMap(({ kind, number, path, pull }) =>
      kind === 'conflict' && number !== null && path !== null && pull !== null
        ? [
            {
              ...{ number, path, pull, checkedSha: desk.checked.get(number) ?? null },
              isClosed: desk.closed.has(pull),
            },
          ]
        : [],
    );
    const byNumber = new Map(conflicts.map((each) => [each.number, each]));
    if (byNumber.size === 0) return;
    const summary = `are markers left in ${byNumber.size} conflicts?`;
    const tips = await atCodeHost.checkSyncConflicts.executeWithOptions({ summary }, [
      {
        ...{ repository: this.input.repository, subject: desk.subject, reason },
        conflicts: [...byNumber.values()],
      },
    ]);
    desk.checked = new Map(
      tips.flatMap(({ number, sha }) => (sha === null ? [] : [[number, sha]])),
    );
    const closed = tips.flatMap(({ number, isClosed }) => (isClosed === true ? [number] : []));
    desk.closed = new Set(closed.flatMap((number) => byNumber.get(number)?.pull ?? []));
  }

  private finishPass({ cause }: SyncErrand): void {
    const { desk, counted } = this;
    desk.lastPass = { atMs: Date.now(), cause, ...counted };
    const { written, created, comments, files } = counted;
    if (written + created + comments + files === 0) return;
    desk.lastWrite = desk.lastPass;
    desk.tell(`${describePass(desk.lastPass)}: ${cause}`);
  }

  /** Keeps the plan to be seen where nothing may be written now. */
  private mustWait(plan: SyncPlan, policy: SyncPolicy, errand: SyncErrand): boolean {
    const { desk } = this;
    const isDry = this.input.dryRun || policy.dryRun;
    const isApproved = plan.hold === null || desk.approved === plan.digest;
    desk.plan = isApproved && !isDry ? null : plan;
    this.counted = nothingCounted;
    if (isDry) return true;
    if (isApproved || plan.hold === null) return false;
    const { kind, reason } = plan.hold;
    if (desk.plan?.digest !== this.heldDigest) desk.tell(`held: ${reason}`);
    this.heldDigest = plan.digest;
    const wait = { kind, reason, number: null, path: null, field: null, pull: null };
    desk.waits = [wait, ...desk.waits];
    desk.putBack({ ...errand, isListed: false });
    return true;
  }

  /** The branch may take pushes again later: it is tried so often. */
  private isPull({ mode }: SyncPolicy): boolean {
    const { denied } = this.desk;
    return mode === 'pull' || (denied !== null && Date.now() < denied.untilMs);
  }

  private deniedWaits(): readonly SyncWait[] {
    const { denied } = this.desk;
    if (denied === null || Date.now() >= denied.untilMs) return [];
    const what = { number: null, path: null, field: null, pull: null };
    return [{ kind: 'denied', reason: denied.reason, ...what }];
  }

  /** Null when all of it is done; else why it is to be looked at again. */
  private async carryOut(
    { policy, branch, version }: KnownPolicy,
    plan: SyncPlan,
    errand: SyncErrand,
    pass: string,
  ): Promise<string | null> {
    const { desk } = this;
    const { answers, issues: heard, cause } = errand;
    const { isRewritten, isNoted, cursorMs } = plan;
    const common = {
      ...{ repository: this.input.repository, subject: desk.subject, reason: cause },
      ...{ policy, branch, answers, heard, pass, isRewritten, isListed: cursorMs !== null },
    };
    const done = await this.writeAll({ ...common, head: plan.head, base: plan.base }, plan);
    const items = [...done.items, ...plan.toFile];
    const unmade = [...plan.faulty, ...done.unmade];
    if (items.length === 0 && !isNoted && plan.base !== null) return null;
    let at = { head: plan.head, base: plan.base };
    let onto: string | null = null;
    let isUnfinished = false;
    const waits: SyncWait[] = [...done.waits];
    const parts = partsOf(items);
    const isWhole = parts.length === 1;
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const { items: some, isLast } = part;
      desk.enter('committing', `${some.length} issues: ${cause}`);
      const { refused, written, moving } = done;
      const summary = `commit ${some.length} issues`;
      const result = await atCodeHost.commitSyncedIssues.executeWithOptions({ summary }, [
        {
          ...{ ...common, ...at, items: some, refused, written, moving, isLast, isNoted },
          ...{ cursorMs: isLast ? cursorMs : null, policyVersion: version },
          faulty: unmade,
          ...{ isPull: this.isPull(policy), onto, isWhole },
        },
      ]);
      if (result.kind === 'moved') return result.reason;
      if (result.kind === 'denied') {
        if (this.isPull(policy) || !result.ref.startsWith('refs/heads/')) {
          throw new TypeError(`${result.ref} takes no pushes: ${result.reason}`);
        }
        desk.denied = { untilMs: Date.now() + deniedMs, reason: result.reason };
        return result.reason;
      }
      onto = result.waiting ?? onto;
      const deferred = new Set(result.deferred ?? []);
      const rest = some.filter(({ number }) => number !== null && deferred.has(number));
      if (rest.length > 0) parts.unshift({ items: rest, isLast });
      at = { head: result.commit ?? at.head, base: result.base ?? at.base };
      desk.noted = at.base;
      this.counted = {
        ...this.counted,
        files: this.counted.files + result.files,
        commit: result.commit ?? this.counted.commit,
        base: result.base ?? this.counted.base,
      };
      isUnfinished ||= result.isUnfinished;
      waits.push(...result.waits);
    }
    // Where the branch moved by us alone, the policy is what it was.
    if (this.known !== null) this.known = { ...this.known, head: at.head };
    // What was made and could not be linked yet is looked for again.
    if (!isUnfinished) desk.intents = [];
    desk.waits = [
      ...waits,
      ...desk.waits.filter((old) => !waits.some((wait) => isSame(old, wait))),
    ];
    if (desk.approved === plan.digest) desk.approved = null;
    return isUnfinished ? 'somebody wrote at the host meanwhile' : null;
  }

  private async writeAll(common: SyncCall, { toHost }: SyncPlan) {
    const { desk } = this;
    const done = {
      items: [] as SyncItem[],
      written: [] as number[],
      moving: [] as number[],
      refused: [] as SyncRefusal[],
      /** Files that the host made no issue of. */
      unmade: [] as string[],
      waits: [] as SyncWait[],
    };
    const known = new Map(desk.intents.map((intent) => [intent.path, intent.sinceMs]));
    // Until all of it is linked: a file may be renamed meanwhile.
    desk.intents = [
      ...desk.intents,
      ...toHost.flatMap(({ number, path }) =>
        number === null && path !== null && !known.has(path)
          ? [{ path, sinceMs: Date.now(), head: common.head }]
          : [],
      ),
    ];
    for (let from = 0; from < toHost.length; from += atOnce) {
      desk.enter('writing', `${toHost.length - from} issues: ${common.reason}`);
      const items = toHost.slice(from, from + atOnce);
      const tried = items.flatMap(({ number, path }) =>
        number === null && path !== null ? (known.get(path) ?? []) : [],
      );
      const retriedSinceMs = tried.length === 0 ? null : Math.min(...tried);
      const summary = `write ${items.length} issues`;
      const result = await atCodeHost.writeSyncedIssues.executeWithOptions({ summary }, [
        { ...common, items, retriedSinceMs },
      ]);
      const made = new Map(result.created.map(({ path, number }) => [path, number]));
      done.items.push(
        ...items.flatMap((item): SyncItem[] => {
          const number = item.number ?? made.get(item.path ?? '') ?? null;
          return number === null ? [] : [{ ...item, number }];
        }),
      );
      done.unmade.push(
        ...items.flatMap(({ number, path }) =>
          number === null && path !== null && !made.has(path) ? [path] : [],
        ),
      );
      done.written.push(...result.written, ...made.values());
      done.moving.push(...(result.moving ?? []));
      done.refused.push(...result.refused);
      done.waits.push(...result.waits);
      const { written, created, comments } = this.counted;
      this.counted = {
        ...this.counted,
        written: written + result.written.length,
        created: created + result.created.length,
        comments: comments + result.comments,
      };
    }
    return done;
  }
}

function isSame(a: SyncWait, b: SyncWait): boolean {
  return a.kind === b.kind && a.number === b.number && a.path === b.path && a.field === b.field;
}
