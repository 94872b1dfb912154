/** What the pods of a migration say: why they do not run, how they ended, and what they wrote last. */
import { Failure } from '../../../domain/failures.js';
import type { Cluster } from '../cluster.js';
import type { Inspection } from '../inspection.js';
import { instanceStatus } from '../instance-status.js';
import { type ContainerStatus, kinds, type Pod } from '../objects.js';
import type { Job } from './job-kinds.js';

const mostCharacters = 4096;

const podsOf = (cluster: Cluster, job: string) =>
  cluster.list(kinds.pod, `batch.kubernetes.io/job-name=${job}`);

const bornMs = ({ metadata }: Pod) => Date.parse(metadata.creationTimestamp ?? '') || 0;

/** Null while its pod simply runs. */
export async function whyRunning(cluster: Cluster, { metadata }: Job): Promise<string | null> {
  const pods = await podsOf(cluster, metadata.name);
  const waiting = pods.filter(({ status }) => status?.phase === 'Pending');
  return (
    waiting.map((pod) => instanceStatus(pod, false).reason).find((why) => why !== null) ?? null
  );
}

export interface Tail {
  /** @example 'exit code 4' */
  readonly exit: string | null;
  readonly log: readonly string[];
}

/** Of the pod that failed last; without lines where its log may not be read or is gone. */
export async function tailOf(
  cluster: Cluster & Inspection,
  job: string,
  lines: number,
): Promise<Tail> {
  const pods = (await podsOf(cluster, job)).toSorted((one, other) => bornMs(other) - bornMs(one));
  for (const { metadata, status } of pods) {
    const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const failed = all.find((one) => codeOf(one) !== 0 && codeOf(one) !== undefined);
    if (failed === undefined) continue;
    const exit = `exit code ${codeOf(failed)}`;
    const log = lines === 0 ? [] : await readTail(cluster, metadata.name, failed.name, lines);
    return { exit, log };
  }
  return { exit: null, log: [] };
}

function codeOf({ state, lastState }: ContainerStatus): number | undefined {
  return (state?.terminated ?? lastState?.terminated)?.exitCode;
}

async function readTail(
  cluster: Inspection,
  pod: string,
  container: string,
  lines: number,
): Promise<readonly string[]> {
  try {
    const text = (await cluster.readLog(pod, container, lines)).trimEnd();
    return text === '' ? [] : text.slice(-mostCharacters).split('\n');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // How it ended is known; what it wrote is worth no second attempt.
    return [`(its log could not be read: ${error.message})`];
  }
}
