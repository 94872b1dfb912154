/** Carries a decision out as one commit on the tip that it was made on, and makes it anew when the tip has moved. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { compareFences } from '../../domain/rollout/fence.js';
import type { Revision } from '../../domain/rollout/revision.js';
import { type Split, sameSplit } from '../../domain/rollout/split.js';
import type { Intent } from '../../ports/workload.js';
import type { Branch, FileAt } from './branch.js';
import { type Declared, formatDecision } from './decision.js';
import type { DecisionLog, TargetLog } from './decision-log.js';
import type { Manifest, Named } from './manifest.js';
import type { TakeTurn, Urgency } from './turns.js';

/** Other people's commits may come between; each attempt is a fetch and a push. */
const attempts = 20;
const pauseMs = 60;

export interface Plan {
  /** First line of the commit. */
  readonly subject: string;
  /** Null: what the manifest named before the first decision. */
  readonly revision: Declared | null;
  readonly split: Split;
}

export interface Decide {
  /**
   * @param plan what to write, given the log; called again when the branch has moved
   * @throws StaleWrite; InvalidInput for a manifest that does not name a version; Forbidden; Unavailable
   */
  (request: {
    readonly target: TargetKey;
    readonly intent: Intent;
    readonly urgency: Urgency;
    readonly plan: (log: TargetLog | null) => Promise<Plan> | Plan;
  }): Promise<void>;
}

export interface DecideOptions {
  readonly branch: Branch;
  readonly decisions: DecisionLog;
  readonly manifest: Manifest;
  /** Name of the platform in the configuration. */
  readonly platform: string;
  readonly takeTurn: TakeTurn;
}

export function createDecide(options: DecideOptions): Decide {
  const { branch, decisions, manifest, platform, takeTurn } = options;

  /** What the manifest named before the first decision. */
  async function before(log: TargetLog | null, target: TargetKey): Promise<Named | null> {
    if (log === null) return null;
    const file = await branch.read(await branch.parentOf(log.first), manifest.fileOf(target));
    return file === null ? null : manifest.read(file.text, target);
  }

  async function textFor(
    file: FileAt,
    target: TargetKey,
    revision: Revision | null,
    log: TargetLog | null,
  ) {
    const seen = manifest.read(file.text, target);
    if (revision !== null && manifest.says(seen, revision)) return file.text;
    const named = revision === null ? await before(log, target) : manifest.of(revision);
    return named === null ? file.text : manifest.write(file.text, target, named);
  }

  return async ({ target, intent, urgency, plan }) => {
    const path = manifest.fileOf(target);
    await takeTurn(urgency, async () => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const tip = await branch.tip(0);
        const log = await decisions.readTarget(tip, target);
        refuseStaleWrite(target, log?.last.intent.fence ?? null, intent.fence);
        const { subject, revision, split } = await plan(log);
        const file = await branch.read(tip, path);
        if (file === null) {
          const details = {
            where: path,
            next: 'commit it, or correct platforms.<name>.change.file',
          };
          throw new Failure('InvalidInput', `there is no ${path} on ${branch.name}`, details);
        }
        const text = await textFor(file, target, revision, log);
        const changes = text !== file.text;
        if (!changes && log !== null && isNoted(log, intent, revision, split)) return;
        const message = formatDecision(subject, {
          ...{ target, platform, intent, revision, split, changes },
        });
        const changed = changes ? { path, text, mode: file.mode } : null;
        const commit = await branch.commit({ parent: tip, file: changed, message });
        if ((await branch.push(commit, tip)) === 'pushed') return;
        await sleep(Math.random() * pauseMs * attempt);
      }
      throw new Failure('Unavailable', `${branch.name} moves faster than we can write to it`, {
        ...{ where: targetPath(target), seen: attempts, limit: attempts },
      });
    });
  };
}

function isNoted(
  { last }: TargetLog,
  intent: Intent,
  revision: Declared | null,
  split: Split,
): boolean {
  return (
    compareFences(last.intent.fence, intent.fence) === 0 &&
    last.revision?.name === revision?.name &&
    last.revision?.instances === revision?.instances &&
    sameSplit(last.split, split)
  );
}
