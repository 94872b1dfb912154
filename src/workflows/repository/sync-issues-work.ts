/** What a pass of the sync does: look, write to the host, write to files; after any crash the same again. */
import { isCancellation, uuid4 } from '@temporalio/workflow';
import { describePass } from '../../domain/issue-sync/describe.js';
import type { SyncIntent, SyncPlan, SyncWait } from '../../domain/issue-sync/pass.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { PlannedSync } from '../../domain/issue-sync/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import type { SyncDesk, SyncErrand } from './sync-issues-desk.js';
import type { SyncIssuesInput } from './sync-issues-messages.js';

const usualEveryMs = 300_000;
/** Nobody tells of the defaults of the server. */
const policyAgeMs = 3_600_000;
/** So many are written in one call. */
const atOnce = 20;
/** So many go into one commit: all of them are in memory then. */
const inOneCommit = 1_000;
const mostTries = 6;

interface KnownPolicy {
  readonly policy: SyncPolicy;
  readonly branch: string;
  readonly isDefaultBranch: boolean;
  readonly atMs: number;
  /** Of the tracked branch when it was read; null: not known. */
  readonly head: string | null;
}

export class SyncWork {
  private known: KnownPolicy | null = null;
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
      try {
        const end = await this.pass(known, errand);
        if (end !== null) return end;
      } catch (error) {
        desk.putBack(errand);
        throw error;
      }
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
    const known = await this.readPolicy(true);
    if (typeof known === 'string') throw new TypeError(known);
    const errand = { isFull: false, isListed: true, issues: [], answers: [], cause: 'asked for' };
    const found = await this.look({ ...known, head: null }, errand);
    if (found.kind !== 'planned') throw new TypeError('a look leaves a plan');
    const { lines, more, digest, hold, waits } = found.plan;
    return { lines, more, digest, hold: hold?.reason ?? null, waits };
  }

  private async readPolicy(isAsked = false): Promise<KnownPolicy | string> {
    const { desk, known } = this;
    const isYoung = known !== null && Date.now() - known.atMs < policyAgeMs;
    if (isYoung && !desk.isPolicyOld && !isAsked) return known;
    const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what does the policy say?' },
      [{ repository: this.input.repository, maxAgeMs: 0 }],
    );
    const { policy, off, defaultBranch } = reading;
    if (policy === null) throw new TypeError('sluice.yaml of the repository has faults');
    if (off.issueSync !== undefined) return off.issueSync;
    if (policy.sync === undefined) return 'repository.sync is not configured';
    const branch = policy.sync.branch ?? defaultBranch;
    const isDefaultBranch = branch === defaultBranch;
    const read = { policy: policy.sync, branch, isDefaultBranch, atMs: Date.now(), head: null };
    if (isAsked) return read;
    desk.isPolicyOld = false;
    desk.branch = branch;
    this.known = read;
    return read;
  }

  private isDryRun(policy: SyncPolicy): boolean {
    return this.input.dryRun || policy.dryRun;
  }

  private look(known: KnownPolicy, { isFull, isListed, issues, answers }: SyncErrand) {
    const { repository } = this.input;
    const { policy, branch, isDefaultBranch, head } = known;
    const summary = isFull
      ? 'look at every issue'
      : isListed
        ? 'look at what changed'
        : `look at ${issues.length} issues and at the files`;
    return atCodeHost.planSync.executeWithOptions({ summary }, [
      {
        ...{ repository, policy, branch, isFull, isListed, issues, answers },
        intents: this.desk.intents,
        policyHead: isDefaultBranch ? head : null,
      },
    ]);
  }

  private async pass(first: KnownPolicy, errand: SyncErrand): Promise<string | null> {
    const { desk } = this;
    let known = first;
    let isPull = first.policy.mode === 'pull';
    let denied: string | null = null;
    for (let tries = 1; ; tries += 1) {
      desk.enter('looking', errand.cause);
      const found = await this.look(known, errand);
      if (found.kind === 'off') return found.reason;
      if (found.kind === 'policyOld') {
        desk.isPolicyOld = true;
        const read = await this.readPolicy();
        if (typeof read === 'string') return read;
        known = { ...read, head: found.head };
        this.known = known;
        isPull ||= read.policy.mode === 'pull';
        continue;
      }
      const { plan } = found;
      known = { ...known, head: plan.head };
      this.known = known;
      if (errand.isFull) desk.fullAtMs = Date.now();
      desk.waits = plan.waits;
      if (plan.hold !== null && !errand.isListed) {
        // An approval is for all there is to do: what somebody approves must be the same when it is looked at again.
        errand = { ...errand, isListed: true };
        continue;
      }
      if (this.mustWait(plan, known.policy, errand)) return null;
      const done = await this.carryOut(known, plan, errand, isPull);
      if (done === null) {
        const commit = { atMs: Date.now(), cause: errand.cause, ...this.counted };
        desk.lastPass = commit;
        const { written, created, comments, files, base } = commit;
        if (written + created + comments + files > 0 || base !== null) {
          desk.lastWrite = commit;
          desk.tell(`${describePass(commit)}: ${errand.cause}`);
        }
        if (denied !== null) this.addWait({ kind: 'denied', reason: denied });
        return null;
      }
      if (done.kind === 'denied') {
        isPull = true;
        denied = done.reason;
      }
      if (tries >= mostTries) throw new TypeError(`it moves again and again: ${done.reason}`);
    }
  }

  private counted = {
    written: 0,
    created: 0,
    comments: 0,
    files: 0,
    commit: null as string | null,
    base: null as string | null,
  };

  /** Keeps the plan to be seen where nothing may be written now. */
  private mustWait(plan: SyncPlan, policy: SyncPolicy, errand: SyncErrand): boolean {
    const { desk } = this;
    const isApproved = plan.hold === null || desk.approved === plan.digest;
    desk.plan = isApproved && !this.isDryRun(policy) ? null : plan;
    this.counted = { written: 0, created: 0, comments: 0, files: 0, commit: null, base: null };
    if (this.isDryRun(policy)) return true;
    if (isApproved) return false;
    if (desk.phase !== 'held') desk.tell(`held: ${plan.hold?.reason ?? ''}`);
    if (plan.hold !== null) this.addWait({ kind: plan.hold.kind, reason: plan.hold.reason });
    desk.putBack({ ...errand, isListed: false, isFull: errand.isFull });
    return true;
  }

  private addWait({ kind, reason }: Pick<SyncWait, 'kind' | 'reason'>): void {
    const wait = { kind, reason, number: null, path: null, field: null, pull: null };
    this.desk.waits = [wait, ...this.desk.waits];
  }

  /** Null when all of it is done; else why it is to be looked at again. */
  private async carryOut(
    { policy, branch }: KnownPolicy,
    plan: SyncPlan,
    errand: SyncErrand,
    isPull: boolean,
  ) {
    const { desk } = this;
    const { head, base } = plan;
    const { answers, issues: heard, cause } = errand;
    const call = { repository: this.input.repository, subject: desk.subject, reason: cause };
    const common = { ...call, policy, branch, answers, heard };
    const waits: SyncWait[] = [];
    this.mean(plan.toCreate);
    const created: { readonly path: string; readonly number: number }[] = [];
    const due = [...plan.toCreate, ...plan.toHost];
    for (let from = 0; from < due.length; from += atOnce) {
      desk.enter('writing', `${due.length - from} issues are written: ${cause}`);
      const some = due.slice(from, from + atOnce);
      const paths = some.filter((each) => typeof each === 'string');
      const intents = desk.intents.filter(({ path }) => paths.includes(path));
      const numbers = some.filter((each) => typeof each === 'number');
      const summary = `write ${some.length} issues`;
      const written = await atCodeHost.writeSyncedIssues.executeWithOptions({ summary }, [
        { ...common, head, base, numbers, intents },
      ]);
      created.push(...written.created);
      waits.push(...written.waits);
      this.made(written.created);
      this.counted.written += written.written.length;
      this.counted.created += written.created.length;
      this.counted.comments += written.comments;
    }
    const all = [...plan.toHost, ...plan.toFile];
    let at = { head, base };
    for (let from = 0; from === 0 || from < all.length; from += inOneCommit) {
      const numbers = all.slice(from, from + inOneCommit);
      const isLast = from + inOneCommit >= all.length;
      desk.enter('committing', `${numbers.length + created.length} issues: ${cause}`);
      const summary = `commit ${numbers.length + created.length} issues`;
      const done = await atCodeHost.commitSyncedIssues.executeWithOptions({ summary }, [
        {
          ...{ ...common, ...at, numbers, isPull, isLast },
          created: from === 0 ? created : [],
          cursorMs: isLast ? plan.cursorMs : null,
        },
      ]);
      if (done.kind !== 'committed') return done;
      at = { head: done.commit ?? at.head, base: done.base ?? at.base };
      this.counted.files += done.files;
      this.counted.commit = done.commit ?? this.counted.commit;
      this.counted.base = done.base ?? this.counted.base;
      waits.push(...done.waits);
    }
    desk.intents = desk.intents.filter(({ path }) => !created.some((each) => each.path === path));
    desk.waits = [
      ...waits,
      ...desk.waits.filter((old) => !waits.some((wait) => isSame(old, wait))),
    ];
    if (desk.approved === plan.digest) desk.approved = null;
    return null;
  }

  /** What is to be made has its marker before anything is made: it is in the history whatever happens. */
  private mean(paths: readonly string[]): void {
    const { desk } = this;
    const known = new Set(desk.intents.map(({ path }) => path));
    const news = paths
      .filter((path) => !known.has(path))
      .map((path) => ({ path, marker: `sync/${uuid4()}`, sinceMs: Date.now(), number: null }));
    desk.intents = [...desk.intents, ...news];
  }

  private made(created: readonly { readonly path: string; readonly number: number }[]): void {
    this.desk.intents = this.desk.intents.map((intent): SyncIntent => {
      const found = created.find(({ path }) => path === intent.path);
      return found === undefined ? intent : { ...intent, number: found.number };
    });
  }
}

function isSame(a: SyncWait, b: SyncWait): boolean {
  return a.kind === b.kind && a.number === b.number && a.path === b.path && a.field === b.field;
}
