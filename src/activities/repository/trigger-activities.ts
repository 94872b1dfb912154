/** Starts the releases that an event asks for, each once. */
import { Failure, failureRules } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { versionOfCommit, type WantedRelease } from '../../domain/trigger/match.js';
import { type ActivityPorts, codeHostOf, releaseDeskOf } from '../ports.js';
import { recordAct } from '../record.js';

export interface TriggerInput {
  readonly repository: RepositoryKey;
  readonly wanted: WantedRelease;
  /** Of the workflow that asks, for the record. */
  readonly subject: string;
}

export interface TriggerOutcome {
  readonly service: string;
  readonly version: string | null;
  readonly result: 'started' | 'thereAlready' | 'refused';
  readonly reason: string;
}

export function createTriggerActivities(ports: ActivityPorts) {
  return {
    /** What can never become right is an outcome, and what may is a failure to be tried again. */
    async startTriggered(input: TriggerInput): Promise<TriggerOutcome> {
      const { repository, wanted, subject } = input;
      const { service, from, requestedBy, reason } = wanted;
      let version: string | null = null;
      try {
        const sha = await commitOf(ports, repository, wanted.commit);
        version = await versionOf(ports, repository, wanted, sha);
        const digest = await digestOf(ports, repository, wanted, sha);
        const release = { service, version, digest, gitSha: sha, from, requestedBy, repository };
        const why = `${reason} of ${repositoryPath(repository)}`;
        const isNew = await releaseDeskOf(ports).startOnce({ ...release, reason: why });
        if (!isNew) return { service, version, result: 'thereAlready', reason: why };
        const data = { service, version, digest, sha, from, before: null, after: 'started' };
        await recordAct(ports, { subject, reason: why }, 'releaseTriggered', data);
        return { service, version, result: 'started', reason: why };
      } catch (error) {
        if (!(error instanceof Failure) || failureRules[error.code].retry !== 'never') throw error;
        return { service, version, result: 'refused', reason: error.message };
      }
    },
  };
}

const shaPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

async function commitOf(
  ports: ActivityPorts,
  repository: RepositoryKey,
  commit: string | null,
): Promise<string | null> {
  if (commit === null || shaPattern.test(commit)) return commit;
  if (!commit.startsWith('refs/')) return null;
  const sha = await codeHostOf(ports).refs.readRef(repository, commit);
  if (sha !== null) return sha;
  throw new Failure('NotFound', `${commit} is gone`, { where: commit });
}

async function versionOf(
  ports: ActivityPorts,
  repository: RepositoryKey,
  { version }: WantedRelease,
  sha: string | null,
): Promise<string> {
  if (version.kind === 'known') return version.version;
  if (sha === null) throw new Failure('InvalidInput', 'no commit is named');
  const { committedAtMs } = await codeHostOf(ports).refs.readCommit(repository, sha);
  return versionOfCommit(version.stem, sha, committedAtMs);
}

async function digestOf(
  ports: ActivityPorts,
  repository: RepositoryKey,
  { digest }: WantedRelease,
  sha: string | null,
): Promise<string> {
  if (digest.kind === 'known') return digest.digest;
  if (sha === null) throw new Failure('InvalidInput', 'no commit is named');
  const text = await codeHostOf(ports).contents.readFile(repository, digest.path, sha);
  const [found] = /sha256:[0-9a-f]{64}/.exec(text ?? '') ?? [];
  if (found !== undefined) return found;
  const state = text === null ? 'is not there' : 'holds no digest';
  throw new Failure('NotFound', `${digest.path} ${state} at ${sha.slice(0, 12)}`, {
    where: digest.path,
    limit: 'sha256: and 64 hex digits',
  });
}
