/** The checks of a pull request: what is read of it, and what is told of it in check runs, labels and one comment. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import type { PullFacts } from '../../domain/pull-check/facts.js';
import { judgePull, rulesEdition } from '../../domain/pull-check/judge.js';
import {
  commentMarker,
  planReport,
  policyRun,
  type PullReport,
} from '../../domain/pull-check/report.js';
import type { PullPolicy } from '../../domain/pull-check/schema.js';
import type { JudgedPull } from '../../domain/pull-check/view.js';
import { hasMarker } from '../../domain/repository/marker.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { PolicyReading } from '../../domain/repository/policy-reading.js';
import type { Pull } from '../../domain/repository/shapes.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';
import type { PolicyBook } from '../../ports/policy-book.js';
import { type ActivityPorts, codeHostOf, policyBookOf } from '../ports.js';
import { recordAct } from '../record.js';

/** Right after an event the host may still show what was before it: it is asked so often again, a second apart. */
const looksAfterEvent = 6;
/** Clocks differ: what may be ours is looked for from so long before we meant to write it. */
const skewMs = 10 * 60_000;
const policyFile = 'sluice.yaml';

interface Telling {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly report: PullReport;
  /** Workflow id, for the record. */
  readonly subject: string;
  /** What brought it about, for the record. */
  readonly cause: string;
}

export function createPullCheckActivities(ports: ActivityPorts) {
  return {
    /**
     * Reads the pull request anew and judges it; writes nothing. Any part that cannot be read fails the whole.
     * @param input.notBeforeMs it has changed then, so that an older state is not believed; null: any
     */
    async judgePullRequest(input: {
      readonly repository: RepositoryKey;
      readonly number: number;
      readonly notBeforeMs: number | null;
    }): Promise<JudgedPull> {
      const { repository, number, notBeforeMs } = input;
      const host = codeHostOf(ports);
      const pull = await host.pulls.readPull(repository, number);
      const isOld = pull !== null && isBefore(pull.updatedAtMs, notBeforeMs);
      // Where no event told of it, what is shown is what there is.
      const looks = notBeforeMs === null ? 1 : looksAfterEvent;
      if ((pull === null || isOld) && activityInfo().attempt < looks) {
        const message = pull === null ? 'it is not shown yet' : 'an older state is shown still';
        const where = `${repositoryPath(repository)}#${number}`;
        throw new Failure('NotReady', message, { where, retryAfterMs: 1_000 });
      }
      if (pull === null) return left('there is no such pull request', true);
      if (pull.state === 'closed')
        return left(pull.isMerged ? 'it is merged' : 'it is closed', true);
      const { policy, reading } = await readPolicy(host, policyBookOf(ports), repository, pull);
      if (policy === null) return left('repository.pulls is not configured', false);
      if (pull.isDraft && policy.drafts === 'skip') return left('it is a draft', false);
      const [facts, own] = await readFacts(host, policyBookOf(ports), repository, pull, policy);
      const report = planReport(
        { number, sha: pull.head.sha, isDraft: pull.isDraft },
        judgePull(facts, policy),
        policyRun(reading.faults, own?.faults ?? null),
        policy,
      );
      return { kind: 'judged', report, rules: `${reading.version}.${rulesEdition}` };
    },

    /** One run for each check on each of the heads; those that say so already are left alone. */
    async reportPullChecks(
      input: Telling & { readonly rules: string; readonly shas: readonly string[] },
    ): Promise<void> {
      const { repository, report, rules, shas, subject, cause } = input;
      const { checks } = codeHostOf(ports);
      const written: string[] = [];
      for (const sha of shas) {
        const externalId = `${subject}/${sha}/${rules}`;
        const runs = report.runs.map((run) => ({ ...run, sha, externalId }));
        const told = await checks.reportAll(repository, sha, runs);
        const changed = told.filter(({ isChanged }) => isChanged);
        written.push(...changed.map(({ name, conclusion }) => `${name}: ${conclusion}`));
      }
      if (written.length === 0 && !isRetry()) return;
      const after = {
        shas,
        runs: report.runs.map(({ name, conclusion }) => `${name}: ${conclusion}`),
      };
      await record(ports, { subject, cause, repository }, 'pullChecksReported', {
        ...{ before: null, after },
        written,
      });
    },

    /** Adds and takes away single labels; what others put there stays. */
    async labelPull(input: Telling): Promise<void> {
      const { repository, number, report, subject, cause } = input;
      const { add, remove } = report.labels;
      const { items } = codeHostOf(ports);
      const item = await items.readItem(repository, number);
      if (item === null) return;
      const has = new Set(item.labels.map((label) => label.toLowerCase()));
      const missing = add.filter((label) => !has.has(label.toLowerCase()));
      const surplus = remove.filter((label) => has.has(label.toLowerCase()));
      if (missing.length > 0 || surplus.length > 0) {
        const description = 'Put on and taken away by the checks of pull requests';
        for (const name of missing) {
          await items.ensureLabel(repository, { name, color: 'c5def5', description });
        }
        await items.changeLabels(repository, number, { add: missing, remove: surplus });
      } else if (!isRetry()) return;
      await record(ports, { subject, cause, repository }, 'pullLabelled', {
        before: item.labels,
        after: { number, add, remove },
      });
    },

    /** Brings our one comment up to date, or begins it. */
    async commentOnPull(input: Telling & { readonly intentAtMs: number }): Promise<void> {
      const { repository, number, report, subject, cause, intentAtMs } = input;
      const { items, ownLogin } = codeHostOf(ports);
      const own = await ownLogin();
      const comments = await items.listComments(repository, number);
      const found = comments.find(
        ({ author, body }) => author.login === own && hasMarker(body, commentMarker),
      );
      const act = { subject, cause, repository };
      if (found === undefined) {
        if (!report.mayComment) return;
        const retriedSinceMs = isRetry() ? intentAtMs - skewMs : null;
        const creation = { marker: commentMarker, retriedSinceMs };
        const { id } = await items.createComment(repository, number, report.comment, creation);
        await record(ports, act, 'pullCommented', { before: null, after: { number, id } });
        return;
      }
      const isSame = normal(found.body) === normal(report.comment);
      if (!isSame) await items.editComment(repository, found.id, report.comment);
      else if (!isRetry()) return;
      const after = { number, id: found.id, verdict: report.verdict };
      await record(ports, act, 'pullCommentEdited', { before: firstLine(found.body), after });
    },
  };
}

/** The host tells whole seconds. */
function isBefore(seenMs: number, wantedMs: number | null): boolean {
  return wantedMs !== null && Math.floor(seenMs / 1000) < Math.floor(wantedMs / 1000);
}

function left(reason: string, isOver: boolean): JudgedPull {
  return { kind: 'left', reason, isOver };
}

/** Of the branch it goes into, over the organisation's rules; where it cannot be read those hold alone. */
async function readPolicy(
  { contents }: CodeHost,
  policies: PolicyBook,
  repository: RepositoryKey,
  { base }: Pull,
): Promise<{ readonly policy: PullPolicy | null; readonly reading: PolicyReading }> {
  const text = await contents.readFile(repository, policyFile, base.ref);
  const own = policies.read(text);
  if (own.policy !== null) return { policy: own.policy.pulls ?? null, reading: own };
  const defaults = policies.read(null);
  const reading = { ...defaults, faults: own.faults };
  return { policy: defaults.policy?.pulls ?? null, reading };
}

/** With the reading of `sluice.yaml` as the pull request leaves it; null where it does not touch it. */
async function readFacts(
  { pulls, contents }: CodeHost,
  policies: PolicyBook,
  repository: RepositoryKey,
  pull: Pull,
  policy: PullPolicy,
): Promise<readonly [PullFacts, PolicyReading | null]> {
  const { number, head, base } = pull;
  const isLogged = policy.changelog.level !== 'off';
  const log = async (ref: string) =>
    isLogged ? contents.readFile(repository, policy.changelog.file, ref) : null;
  const [files, commits, gitattributes, logAtBase, logAtHead] = await Promise.all([
    pulls.listFiles(repository, number),
    pulls.listCommits(repository, number),
    contents.readFile(repository, '.gitattributes', base.ref),
    log(base.ref),
    log(head.sha),
  ]);
  const touches = files.some(({ path, status }) => path === policyFile && status !== 'removed');
  const own = touches
    ? policies.read(await contents.readFile(repository, policyFile, head.sha))
    : null;
  const changelog = { base: logAtBase, head: logAtHead };
  return [{ pull, files, commits, gitattributes, changelog }, own];
}

function isRetry(): boolean {
  return activityInfo().attempt > 1;
}

/** The host may save other line ends than it is sent. */
function normal(body: string): string {
  return body.replace(/\r\n?/g, '\n').trim();
}

function firstLine(body: string): string {
  return body.split(/\r?\n/, 1)[0]?.slice(0, 200) ?? '';
}

async function record(
  ports: ActivityPorts,
  by: { readonly subject: string; readonly cause: string; readonly repository: RepositoryKey },
  kind: string,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { subject, cause, repository } = by;
  const data = { repository: repositoryPath(repository), cause, ...change };
  await recordAct(ports, { subject, reason: cause }, kind, data);
}
