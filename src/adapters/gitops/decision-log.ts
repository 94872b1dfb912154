/** What the branch's log says of every target: the last decision, and every revision that can be gone back to. */
import { type TargetKey, targetPath } from '../../domain/names.js';
import { compareFences } from '../../domain/rollout/fence.js';
import type { Branch } from './branch.js';
import { type Decision, type Declared, firstTrailer, parseDecision } from './decision.js';

export interface TargetLog {
  /** By fence, whatever its place: a commit that somebody carried over brings no old decision back. */
  readonly last: Decision;
  /** The commit that the follower must have come to; null while no decision changed the manifest. */
  readonly since: string | null;
  /** Of the first decision. */
  readonly first: string;
  /** By name, as last declared. */
  readonly revisions: ReadonlyMap<string, Declared>;
}

export interface DecisionLog {
  /** Null for a target that was never written. */
  readTarget(tip: string, target: TargetKey): Promise<TargetLog | null>;
  /** Targets written by this platform. */
  listTargets(tip: string): Promise<readonly TargetKey[]>;
}

type Targets = ReadonlyMap<string, TargetLog>;

export function createDecisionLog(branch: Branch, platform: string): DecisionLog {
  let known: { readonly tip: string; readonly targets: Targets } | null = null;

  async function at(tip: string): Promise<Targets> {
    if (known?.tip === tip) return known.targets;
    const from = known !== null && (await branch.contains(tip, known.tip)) ? known : null;
    const targets = new Map(from?.targets);
    for (const { commit, trailers } of await branch.log(tip, from?.tip ?? null, firstTrailer)) {
      const decision = parseDecision(trailers);
      if (decision === null) continue;
      const path = targetPath(decision.target);
      targets.set(path, follow(targets.get(path), commit, decision));
    }
    known = { tip, targets };
    return targets;
  }

  return {
    async readTarget(tip, target) {
      return (await at(tip)).get(targetPath(target)) ?? null;
    },
    async listTargets(tip) {
      const logs = [...(await at(tip)).values()];
      return logs.flatMap(({ last }) => (last.platform === platform ? [last.target] : []));
    },
  };
}

function follow(before: TargetLog | undefined, commit: string, decision: Decision): TargetLog {
  const { revision, changes, intent } = decision;
  const since = changes ? commit : (before?.since ?? null);
  const isLater =
    before === undefined || compareFences(intent.fence, before.last.intent.fence) >= 0;
  if (!isLater) return before;
  const revisions = new Map(before?.revisions);
  if (revision !== null) revisions.set(revision.name, revision);
  return { last: decision, since, first: before?.first ?? commit, revisions };
}
