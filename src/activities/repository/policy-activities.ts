/** The policy that holds in a repository: its own `sluice.yaml` at the default branch over the server's defaults. */
import { Failure } from '../../domain/failures.js';
import { automations, stagedOut } from '../../domain/repository/automations.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type {
  PolicyReading,
  RepositoryPolicyReading,
} from '../../domain/repository/policy-reading.js';
import { type ActivityPorts, codeHostOf, policyBookOf } from '../ports.js';
import { readCare } from './read-care.js';

const policyFile = 'sluice.yaml';
/** An edit counts within a minute; a thousand flows of a repository that wake together ask once. */
const usualAgeMs = 60_000;
const mostKept = 1_000;

interface Found extends PolicyReading {
  readonly defaultBranch: string;
}

interface Kept {
  readonly atMs: number;
  readonly reading: Promise<Found>;
}

export function createPolicyActivities(ports: ActivityPorts) {
  const kept = new Map<string, Kept>();

  return {
    /**
     * The policy that holds now. One with faults has `policy: null`: flows then do nothing and say why.
     * @param input.maxAgeMs what was read so long ago still counts; 0 before what cannot be undone
     */
    async readRepositoryPolicy(input: {
      readonly repository: RepositoryKey;
      readonly maxAgeMs?: number;
    }): Promise<RepositoryPolicyReading> {
      const { repository, maxAgeMs = usualAgeMs } = input;
      const key = repositoryPath(repository).toLowerCase();
      const known = kept.get(key);
      const nowMs = ports.now();
      if (known !== undefined && nowMs - known.atMs < maxAgeMs) {
        return withSwitches(ports, repository, await known.reading);
      }
      const reading = readPolicy(ports, repository);
      kept.delete(key);
      kept.set(key, { atMs: nowMs, reading });
      // What failed is not kept, and nobody waits for it here.
      reading.catch(() => kept.get(key)?.reading === reading && kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return withSwitches(ports, repository, await reading);
    },
  };
}

async function readPolicy(ports: ActivityPorts, repository: RepositoryKey): Promise<Found> {
  const { refs, contents } = codeHostOf(ports);
  const { defaultBranch } = await refs.readRepository(repository);
  try {
    const text = await contents.readFile(repository, policyFile, defaultBranch);
    return { ...policyBookOf(ports).read(text), defaultBranch };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'PayloadTooLarge') throw error;
    const fault = { file: policyFile, line: 1, column: 1, message: error.message };
    return { policy: null, faults: [fault], version: 'faulty', defaultBranch };
  }
}

async function withSwitches(
  ports: ActivityPorts,
  repository: RepositoryKey,
  reading: Found,
): Promise<RepositoryPolicyReading> {
  const enable = reading.policy?.enable ?? {};
  const staged = automations.flatMap((automation) => {
    const why = stagedOut(automation, repository, enable[automation]);
    return why === null ? [] : [[automation, why] as const];
  });
  const care = await readCare(ports, repository, 'now');
  return { ...reading, off: { ...Object.fromEntries(staged), ...care.off } };
}
