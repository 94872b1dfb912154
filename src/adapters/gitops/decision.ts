/** A decision as the branch's own log keeps it: trailers of the commit that carried it out, written and read back. */
import { type TargetKey, namePattern, targetPath } from '../../domain/names.js';
import type { Fence } from '../../domain/rollout/fence.js';
import { formatFence } from '../../domain/rollout/fence.js';
import { digestPattern, type Revision, revisionName } from '../../domain/rollout/revision.js';
import type { Split } from '../../domain/rollout/split.js';
import type { Intent } from '../../ports/workload.js';

/** A revision and how many instances it was declared with; the manifest itself says how many there are. */
export interface Declared extends Revision {
  readonly name: string;
  readonly instances: number;
}

export interface Decision {
  readonly target: TargetKey;
  /** Name of the platform in the configuration of whoever wrote it. */
  readonly platform: string;
  readonly intent: Intent;
  /** What the manifest names from this commit on; null: what it named before the first decision. */
  readonly revision: Declared | null;
  /** What is decided of the traffic; it holds once the follower has come here. */
  readonly split: Split;
  /** The commit changes the manifest, so the follower must come here; else it only notes a decision. */
  readonly changes: boolean;
}

/** How a line of a message begins that is ours. */
export const firstTrailer = 'Sluice-Target: ';

export function declared(revision: Revision, instances: number): Declared {
  const { version, digest } = revision;
  return { version, digest, instances, name: revisionName(revision) };
}

export function formatDecision(subject: string, decision: Decision): string {
  const { target, platform, intent, revision, split, changes } = decision;
  const trailers = {
    Target: targetPath(target),
    Platform: platform,
    Fence: formatFence(intent.fence),
    Intent: intent.key,
    Revision: revision === null ? 'none' : `${revision.version} ${revision.digest}`,
    Instances: String(revision?.instances ?? 0),
    Split: `stable=${split.stable ?? '-'} candidate=${split.candidate ?? '-'} weight=${split.weight}`,
    Manifest: changes ? 'changed' : 'kept',
  };
  const lines = Object.entries(trailers).map(([name, value]) => `Sluice-${name}: ${value}`);
  return `${subject}\n\n${lines.join('\n')}\n`;
}

/** Null for trailers that somebody else wrote or changed. */
export function parseDecision(trailers: string): Decision | null {
  const said: Record<string, string> = {};
  for (const line of trailers.split('\n')) {
    const match = /^Sluice-(\w+): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) said[match[1]] = match[2];
  }
  const target = parseTarget(said['Target'] ?? '');
  const fence = parseFence(said['Fence'] ?? '');
  const revision = parseRevision(said['Revision'] ?? '', Number(said['Instances']));
  const split = parseSplit(said['Split'] ?? '');
  const { Platform: platform, Intent: key, Manifest: manifest } = said;
  if (!target || !fence || revision === undefined || !split) return null;
  if (platform === undefined || key === undefined) return null;
  const changes = manifest !== 'kept';
  return { target, platform, intent: { fence, key }, revision, split, changes };
}

function parseTarget(text: string): TargetKey | null {
  const [service = '', environment = '', region, ...more] = text.split('/');
  const names = [service, environment, ...(region === undefined ? [] : [region])];
  if (more.length > 0 || !names.every((name) => namePattern.test(name))) return null;
  return region === undefined ? { service, environment } : { service, environment, region };
}

function parseFence(text: string): Fence | null {
  const match = /^(\d+)\.(\d+)$/.exec(text);
  return match === null ? null : { rollout: Number(match[1]), sequence: Number(match[2]) };
}

function parseRevision(text: string, instances: number): Declared | null | undefined {
  if (text === 'none') return null;
  const [version = '', digest = '', ...more] = text.split(' ');
  const fits = version !== '' && digestPattern.test(digest) && more.length === 0;
  return fits && Number.isInteger(instances) ? declared({ version, digest }, instances) : undefined;
}

function parseSplit(text: string): Split | null {
  const match = /^stable=(\S+) candidate=(\S+) weight=(0|100)$/.exec(text);
  if (match === null) return null;
  const named = (name: string | undefined) => (name === undefined || name === '-' ? null : name);
  return {
    stable: named(match[1]),
    candidate: named(match[2]),
    weight: Number(match[3]),
    headerRoute: null,
  };
}
