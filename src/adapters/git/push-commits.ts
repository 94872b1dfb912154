/** One atomic push under leases, and what became of it where git does not say that it went well. */
import { Failure } from '../../domain/failures.js';
import { isDenial, pushOutcome } from '../../domain/issue-tree/push-outcome.js';
import { isRefName } from '../../domain/issue-tree/ref-name.js';
import type { TreeCommit, TreePush } from '../../ports/issue-tree.js';
import type { GitAnswer, Mirror } from './mirror.js';

const askMs = 60_000;

/** Where refs of the repository are, by full name; absent: there is none. */
export async function readRefs(
  { git, url, access }: Mirror,
  refs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const told = await git.run(['ls-remote', '--quiet', '--', url, ...refs.map(checkedRef)], {
    ...{ env: await access(), forMs: askMs },
  });
  const rows = told.split('\n').map((row) => row.split('\t'));
  // What merely ends like one of them is told too.
  return new Map(rows.flatMap(([sha = '', ref = '']) => (refs.includes(ref) ? [[ref, sha]] : [])));
}

/** @param shas of the commits, in their order */
export async function pushCommits(
  mirror: Mirror,
  commits: readonly TreeCommit[],
  shas: readonly string[],
  pushMs: number,
): Promise<TreePush> {
  const { git, url, access } = mirror;
  const moves = commits.map(({ ref, before }, n) => ({ ref, before, after: shas[n] ?? '' }));
  const leases = moves.map(
    ({ ref, before }) => `--force-with-lease=${checkedRef(ref)}:${before ?? ''}`,
  );
  const specs = moves.map(({ ref, after }) => `${after}:${ref}`);
  const args = ['push', '--porcelain', '--atomic', '--no-verify', '--recurse-submodules=no'];
  const answer = await git.ask([...args, ...leases, '--', url, ...specs], {
    ...{ env: await access(), forMs: pushMs },
  });
  if (answer.code === 0) {
    await mirror.keep(shas);
    return { kind: 'pushed', shas };
  }
  const now = await readRefs(
    mirror,
    moves.map(({ ref }) => ref),
  );
  const found = [];
  for (const { ref, before, after } of moves) {
    const at = now.get(ref) ?? null;
    const isElsewhere = at !== null && at !== before && at !== after;
    const isBeyond = isElsewhere && (await isWithin(mirror, after, at));
    found.push({ ref, before, after, now: at, isBeyond });
  }
  const outcome = pushOutcome(found);
  if (outcome.kind === 'moved') return outcome;
  if (outcome.kind === 'still') return refusal(answer, moves[0]?.ref ?? '');
  await mirror.keep(shas);
  return { kind: 'pushed', shas };
}

async function isWithin(mirror: Mirror, older: string, newer: string): Promise<boolean> {
  await mirror.have([newer]);
  return mirror.isAncestor(older, newer);
}

/** @throws Unavailable for what is no word of the host about us */
function refusal({ code, stdout, stderr }: GitAnswer, first: string): TreePush {
  const rows = stdout.split('\n').flatMap((line) => {
    const [flag, spec = '', said = ''] = line.split('\t');
    return flag === '!' ? [{ ref: spec.slice(spec.indexOf(':') + 1), said }] : [];
  });
  const row = rows.find(({ said }) => said.startsWith('[remote rejected]') && isDenial(said));
  const lines = stderr.split('\n');
  // What git itself says names the repository, and a name may be any word.
  const said = wordsOf(lines.filter((line) => line.startsWith('remote:')));
  if (code !== null && (row !== undefined || isDenial(said))) {
    const reason = said || (row?.said ?? '').replace(/^\[remote rejected\] \((.*)\)$/, '$1');
    return { kind: 'denied', ref: row?.ref ?? first, reason };
  }
  const why = said || wordsOf(lines.filter((line) => /^(fatal|error):/.test(line)));
  throw new Failure('Unavailable', `git push failed: ${why || 'it does not say why'}`, {
    ...{ where: 'git push', seen: code ?? 'stopped' },
  });
}

function wordsOf(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/^(remote|fatal|error):\s*/, '').trim())
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, 300);
}

/** @throws InvalidInput for what could be read as something else */
function checkedRef(ref: string): string {
  if (isRefName(ref)) return ref;
  throw new Failure('InvalidInput', `"${ref.slice(0, 200)}" is not the name of a ref`, {
    where: ref.slice(0, 200),
  });
}
