/** Check runs and commit statuses at GitHub. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { CheckConclusion, CheckResult, CheckRun } from '../../domain/repository/shapes.js';
import type { CheckReport, Checks } from '../../ports/code-host/checks.js';
import { type GithubClient, sendOnce } from './client.js';
import { place } from './items.js';
import { readAll } from './pages.js';

type RunAnswer = Rest['checks']['listForRef']['response']['data']['check_runs'][number];
type StatusAnswer =
  Rest['repos']['getCombinedStatusForRef']['response']['data']['statuses'][number];

const longestSummary = 65_535;
/** More are taken only by a further call. */
const annotationsACall = 50;
const longestDescription = 140;
/** Few enough to be no burst, and enough for all to be told in time. */
const writesBesideEachOther = 3;
const conclusions: ReadonlySet<string> = new Set<CheckConclusion>([
  ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out'] as const),
  ...(['action_required', 'stale'] as const),
]);

export function createGithubChecks(client: GithubClient): Checks {
  async function listRunAnswers(
    repository: RepositoryKey,
    sha: string,
    only: { filter: 'latest' | 'all'; check_name?: string },
  ): Promise<readonly RunAnswer[]> {
    const octokit = client.as(repository, 'readChecks');
    const parameters = { ...place(repository), ref: sha, ...only };
    const { listForRef } = octokit.rest.checks;
    return readAll(octokit, listForRef, parameters, (page) => page.check_runs);
  }

  async function listStatuses(
    repository: RepositoryKey,
    sha: string,
  ): Promise<readonly StatusAnswer[]> {
    const octokit = client.as(repository, 'readChecks');
    const parameters = { ...place(repository), ref: sha };
    const { getCombinedStatusForRef } = octokit.rest.repos;
    return readAll(octokit, getCombinedStatusForRef, parameters, (page) => page.statuses);
  }

  /** The App's number: a run names its App by it, and the settings may hold the client id instead. */
  let ownId: Promise<number> | null = null;
  function ownAppId(): Promise<number> {
    if (client.credentials.kind === 'token') {
      const failure = new Failure('Forbidden', 'GitHub takes check runs from Apps only', {
        ...{ where: 'github.token', next: 'set up a GitHub App: docs/github.md' },
      });
      return Promise.reject(failure);
    }
    ownId ??= client.self.rest.apps.getAuthenticated().then(({ data }) => data?.id ?? 0);
    ownId.catch(() => {
      ownId = null;
    });
    return ownId;
  }

  async function findRun(repository: RepositoryKey, check: CheckReport): Promise<RunAnswer | null> {
    const { name, sha } = check;
    const runs = await listRunAnswers(repository, sha, { filter: 'all', check_name: name });
    return pickRun(runs, check, await ownAppId());
  }

  /** @param found the run that is the same report, as it is now */
  async function tell(
    repository: RepositoryKey,
    check: CheckReport,
    found: RunAnswer | null,
  ): Promise<CheckRun & { readonly isChanged: boolean }> {
    const { checks } = client.as(repository, 'writeChecks').rest;
    const annotations = check.annotations ?? [];
    const told = found?.output.annotations_count ?? 0;
    if (found !== null && told === annotations.length && isSame(found, check))
      return { ...toRun(found), isChanged: false };
    const base = { ...place(repository), ...stateOf(check), ...detailsOf(check) };
    const rest = annotations.slice(told);
    const output = (from: number) => ({
      ...outputOf(check),
      ...(rest.length > 0 && {
        annotations: rest.slice(from, from + annotationsACall).map(toAnnotation),
      }),
    });
    // Annotations are only ever added: a run that has too many is replaced.
    const isNew = found === null || told > annotations.length;
    const { sha, name, externalId } = check;
    const identity = { head_sha: sha, name, external_id: externalId };
    const fresh = isNew && told > 0 ? annotations.map(toAnnotation) : null;
    const first =
      fresh === null ? output(0) : { ...outputOf(check), annotations: fresh.slice(0, 50) };
    const sent = await sendOnce<RunAnswer>(
      async () =>
        isNew
          ? (await checks.create({ ...base, ...identity, output: first })).data
          : (await checks.update({ ...base, check_run_id: found.id, output: first })).data,
      async () => {
        const now = await findRun(repository, check);
        return now !== null && now.id !== (isNew ? found?.id : undefined) && isSame(now, check)
          ? now
          : null;
      },
    );
    const left = fresh ?? rest.map(toAnnotation);
    for (let from = annotationsACall; from < left.length; from += annotationsACall) {
      const more = left.slice(from, from + annotationsACall);
      await checks.update({
        ...{ ...base, check_run_id: sent.id },
        output: { ...outputOf(check), annotations: more },
      });
    }
    return { ...toRun(sent), isChanged: true };
  }

  return {
    async listResults(repository, sha) {
      const [runs, statuses] = await Promise.all([
        listRunAnswers(repository, sha, { filter: 'latest' }),
        listStatuses(repository, sha),
      ]);
      return [...runs.map(toResult), ...statuses.map(statusResult)];
    },

    async listRuns(repository, sha) {
      const own = await ownAppId();
      const runs = await listRunAnswers(repository, sha, { filter: 'all' });
      return runs.filter(({ app }) => app?.id === own).map(toRun);
    },

    async report(repository, check) {
      return await tell(repository, check, await findRun(repository, check));
    },

    async reportAll(repository, sha, reports) {
      const own = await ownAppId();
      const runs = await listRunAnswers(repository, sha, { filter: 'all' });
      const told: (CheckRun & { readonly isChanged: boolean })[] = [];
      for (let from = 0; from < reports.length; from += writesBesideEachOther) {
        const some = reports.slice(from, from + writesBesideEachOther);
        const tellOne = (check: CheckReport) => tell(repository, check, pickRun(runs, check, own));
        told.push(...(await Promise.all(some.map(tellOne))));
      }
      return told;
    },

    async setStatus(repository, { sha, context, state, description, url }) {
      const text = cut(description, longestDescription, '…');
      const isThere = async () => {
        const newest = (await listStatuses(repository, sha)).find((one) => one.context === context);
        const isSo =
          newest?.state === state &&
          (newest.description ?? '') === text &&
          (newest.target_url ?? undefined) === url;
        return isSo ? true : null;
      };
      if (await isThere()) return;
      const { repos } = client.as(repository, 'writeStatuses').rest;
      await sendOnce(async () => {
        await repos.createCommitStatus({
          ...{ ...place(repository), sha, context, state, description: text },
          ...(url !== undefined && { target_url: url }),
        });
        return true as const;
      }, isThere);
    },
  };
}

/** The newest is the one that counts. */
function pickRun(
  runs: readonly RunAnswer[],
  { name, externalId }: CheckReport,
  appId: number,
): RunAnswer | null {
  const same = runs.filter(
    (run) => run.app?.id === appId && run.external_id === externalId && run.name === name,
  );
  return same.sort((a, b) => b.id - a.id)[0] ?? null;
}

function toResult(run: RunAnswer): CheckResult {
  return {
    ...{ name: run.name, source: 'check', appId: run.app?.id ?? null },
    conclusion: conclusionOf(run),
    url: run.html_url,
  };
}

function statusResult({ context, state, target_url: url }: StatusAnswer): CheckResult {
  const isOpen = state === 'pending';
  const conclusion = isOpen ? null : state === 'success' ? 'success' : 'failure';
  return { name: context, source: 'status', appId: null, conclusion, url: url ?? null };
}

function toRun(run: RunAnswer): CheckRun {
  return {
    ...{ id: run.id, name: run.name, sha: run.head_sha, externalId: run.external_id ?? '' },
    conclusion: conclusionOf(run),
  };
}

/** What is not known here has not ended well: it is never taken for a success. */
function conclusionOf({ status, conclusion }: RunAnswer): CheckConclusion | null {
  if (status !== 'completed' || conclusion === null) return null;
  return conclusions.has(conclusion) ? (conclusion as CheckConclusion) : 'failure';
}

function isSame(run: RunAnswer, check: CheckReport): boolean {
  const { title, summary } = outputOf(check);
  return (
    conclusionOf(run) === check.conclusion &&
    run.output.title === title &&
    run.output.summary === summary &&
    (check.detailsUrl === undefined || run.details_url === check.detailsUrl)
  );
}

function stateOf({ conclusion }: CheckReport) {
  if (conclusion === null) return { status: 'in_progress' as const };
  // `stale` is GitHub's own to give.
  const given = conclusion === 'stale' ? ('neutral' as const) : conclusion;
  return { status: 'completed' as const, conclusion: given };
}

function detailsOf({ detailsUrl }: CheckReport) {
  return detailsUrl === undefined ? {} : { details_url: detailsUrl };
}

function outputOf({ title, summary }: CheckReport) {
  return {
    title: cut(title, 255, '…'),
    summary: cut(summary, longestSummary, '\n\n_The rest was too long to be shown here._'),
  };
}

function toAnnotation({
  path,
  line,
  level,
  message,
}: NonNullable<CheckReport['annotations']>[number]) {
  const place = { path, start_line: line, end_line: line };
  return { ...place, annotation_level: level, message };
}

function cut(text: string, most: number, word: string): string {
  return text.length <= most ? text : `${text.slice(0, most - word.length)}${word}`;
}
