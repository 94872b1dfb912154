/** One look at an issue with all that belongs to it: its branch, its pull request, its file. */
import { issueFolderOf, numberInName } from '../../domain/issue/archive-path.js';
import { branchPrefixOf, isBranchOf } from '../../domain/issue/branch-name.js';
import { emptyFields } from '../../domain/issue/required-fields.js';
import type { SeenIssue, SeenPull } from '../../domain/issue/observe.js';
import type { IssuesPolicy } from '../../domain/issue/schema.js';
import { isFileOf, linkedNumber } from '../../domain/issue-sync/linked-file.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Item, PullSummary } from '../../domain/repository/shapes.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';
import type { Contents } from '../../ports/code-host/contents.js';
import type { Refs } from '../../ports/code-host/refs.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';

/** Files that are opened to find the one that names the issue inside. */
const mostFiles = 200;
const ourMarker = /<!-- sluice:/;

export interface LookInput {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly policy: IssuesPolicy;
  /** As far as it is known: a merged branch may be gone. */
  readonly branch: string | null;
}

/** Any read that fails fails the look: half of it could look like a loss. */
export function lookAtIssue(ports: ActivityPorts) {
  return async ({ repository, number, policy, branch }: LookInput): Promise<SeenIssue> => {
    const host = codeHostOf(ports);
    const issue = await host.items.readItem(repository, number);
    const isForeign = issue !== null && (issue.isPull || ourMarker.test(issue.body));
    const nothing = { isForeign, isReopened: false, branch: null, pull: null, file: null };
    if (issue === null || isForeign) return { issue: issue && excerptOf(issue, []), ...nothing };
    const found = await branchOfIssue(host.refs, repository, number, policy.branch.pattern);
    const name = found?.name ?? branch;
    const pull = name === null ? null : await newestPull(host, repository, name);
    const isReopened =
      pull?.isMerged === true &&
      issue.state === 'open' &&
      (await isOpenedSince(host, repository, number, pull));
    const counts = found !== null && !(isReopened && found.sha === pull?.head.sha);
    const seenBranch = counts
      ? { ...found, hasWork: await hasWork(host.refs, repository, found.sha, policy.branch.from) }
      : null;
    const file =
      issue.state === 'closed' && policy.archive !== false
        ? await findFile(host, repository, number, issueFolderOf(policy.archive))
        : null;
    return {
      issue: excerptOf(issue, policy.branch.required),
      isForeign,
      isReopened,
      branch: seenBranch,
      pull: pull === null || isReopened ? null : seen(pull),
      file,
    };
  };
}

/** @param required of a policy that was read in former days, none */
function excerptOf(
  issue: Item,
  required: readonly string[] | undefined,
): NonNullable<SeenIssue['issue']> {
  const { number, nodeId, title, url, state, labels, assignees } = issue;
  const lacks = emptyFields(issue.body, required ?? []);
  return { number, nodeId, title, url, state, labels, assignees, lacks };
}

function seen({ number, state, isMerged, mergeSha, head, body }: PullSummary): SeenPull {
  return { number, state, isMerged, mergeSha, headSha: head.sha, body };
}

/** The first by name, should somebody have made several. */
export async function branchOfIssue(
  refs: Refs,
  repository: RepositoryKey,
  number: number,
  pattern: string,
): Promise<{ readonly name: string; readonly sha: string } | null> {
  const prefix = 'refs/heads/';
  const listed = await refs.listRefs(repository, prefix + branchPrefixOf(pattern, number));
  const branches = listed
    .map(({ ref, sha }) => ({ name: ref.slice(prefix.length), sha }))
    .filter(({ name }) => isBranchOf(pattern, number, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return branches[0] ?? null;
}

/** An open one counts more than a newer one that is closed; forks have branches of the same name. */
async function newestPull(
  { pulls }: CodeHost,
  repository: RepositoryKey,
  head: string,
): Promise<PullSummary | null> {
  const own = repositoryPath(repository).toLowerCase();
  const all = (await pulls.listPulls(repository, { state: 'all', head })).filter(
    (pull) =>
      pull.head.ref === head &&
      (pull.head.repository === null || repositoryPath(pull.head.repository).toLowerCase() === own),
  );
  const newest = [...all].sort((a, b) => b.number - a.number);
  return newest.find(({ state }) => state === 'open') ?? newest[0] ?? null;
}

async function isOpenedSince(
  { items }: CodeHost,
  repository: RepositoryKey,
  number: number,
  pull: PullSummary,
): Promise<boolean> {
  const events = await items.listEvents(repository, number);
  return events.some(({ kind, atMs }) => kind === 'reopened' && atMs > (pull.closedAtMs ?? 0));
}

async function hasWork(
  refs: Refs,
  repository: RepositoryKey,
  sha: string,
  from: string | undefined,
): Promise<boolean> {
  const base = from ?? (await refs.readRepository(repository)).defaultBranch;
  return (await refs.compare(repository, base, sha)).aheadBy > 0;
}

/** By its name first; only where no name fits are the files opened for what they link to. */
async function findFile(
  { refs, contents }: CodeHost,
  repository: RepositoryKey,
  number: number,
  folder: string,
): Promise<string | null> {
  const { defaultBranch } = await refs.readRepository(repository);
  const listed = await contents.listFolder(repository, folder, defaultBranch);
  const files = listed
    .filter(({ kind, path }) => kind === 'file' && path.endsWith('.md'))
    .map(({ path }) => path);
  const named = files.filter((path) => numberInName(path) === number);
  const others = files.filter((path) => !named.includes(path));
  for (const path of [...named, ...others].slice(0, mostFiles)) {
    const text = await textOf(contents, repository, path, defaultBranch);
    if (named.includes(path) ? isFileOf(number, path, text) : linkedNumber(text) === number)
      return path;
  }
  return null;
}

async function textOf(
  contents: Contents,
  repository: RepositoryKey,
  path: string,
  ref: string,
): Promise<string> {
  return (await contents.readFile(repository, path, ref)) ?? '';
}
