/** What the mirror of a rollout has shown: its memory, its writes, and what operators see of it. */
import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import {
  describeRolloutMirror,
  type MirrorRolloutInput,
  type RolloutMirrorEnd,
  type RolloutMirrorView,
} from '../../domain/deployment-mirror/rollout.js';
import { environmentPath, rolloutWorkflowId } from '../../domain/names.js';
import { isEnded, type Phase } from '../../domain/phase.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { atCodeHost, watchWith } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import {
  environmentKey,
  gitShaKey,
  needsAttentionKey,
  phaseKey,
  repositoryKey,
  serviceKey,
  versionKey,
} from '../search-attributes.js';
import { readRolloutMirrorQuery, showAgainUpdate } from './mirror-messages.js';

const keptSteps = 100;
const readMs = 60_000;

export class RolloutMirrorDesk {
  phase: Phase | null = null;
  sha: string | null = null;
  skipped: string | null = null;
  trouble: string | null = null;
  /** A person wants the present state written once more. */
  isAskedAgain = false;
  private reason: string | null = null;
  private deploymentId: number | null = null;
  private steps: RolloutMirrorView['steps'] = [];
  private hasEnded = false;
  private shown = '';
  private readonly records = new CommandRecords();
  private readonly subject = workflowInfo().workflowId;
  private readonly rolloutId: string;
  private readonly input: MirrorRolloutInput;

  constructor(input: MirrorRolloutInput) {
    this.input = input;
    this.rolloutId = rolloutWorkflowId(input.rollout);
    const { target } = input.rollout;
    upsertSearchAttributes([
      { key: serviceKey, value: target.service },
      { key: environmentKey, value: environmentPath(target) },
      { key: versionKey, value: input.candidate.version },
      { key: repositoryKey, value: repositoryPath(input.repository) },
    ]);
    this.listen();
    this.show();
  }

  /** One after the other; what the host refuses for good is told and passed over. @param why null: the rollout is asked */
  async write(phase: Phase, why: string | null): Promise<void> {
    this.phase = phase;
    this.steps = [...this.steps, { atMs: Date.now(), phase }].slice(-keptSteps);
    this.reason = why ?? (await this.reasonFor(phase));
    await this.put();
  }

  async writeAgain(): Promise<void> {
    this.isAskedAgain = false;
    await this.put();
  }

  async finish(): Promise<RolloutMirrorEnd> {
    this.hasEnded = true;
    this.show();
    await this.records.settle();
    await condition(allHandlersFinished);
    const { phase, deploymentId, sha, steps, skipped, trouble } = this;
    return { shown: phase, deploymentId, sha, steps, skipped, trouble };
  }

  private async put(): Promise<void> {
    const { phase, sha, reason, deploymentId, subject } = this;
    const { dryRun, ...input } = this.input;
    if (phase !== null && sha !== null && !dryRun) {
      try {
        const call = { ...input, sha, phase, reason, deploymentId, subject };
        const shown = await atCodeHost.showRollout.executeWithOptions({ summary: phase }, [call]);
        this.deploymentId = shown.deploymentId;
        this.trouble = null;
      } catch (error) {
        this.trouble = `${phase} is not shown: ${innermostMessage(error)}`;
      }
    }
    this.show();
  }

  /** Null for a phase that explains itself, or that the rollout has left by now. */
  private async reasonFor(phase: Phase): Promise<string | null> {
    if (!isEnded(phase) && phase !== 'Holding' && phase !== 'RollingBack') return null;
    const view = await watchWith(readMs)
      .readRolloutView.executeWithOptions({ summary: `why ${phase}?` }, [
        { rolloutId: this.rolloutId, runId: this.input.runId },
      ])
      .catch(() => null);
    if (view?.phase !== phase) return null;
    return view.reason ?? view.holding ?? view.paused?.reason ?? null;
  }

  private view(): RolloutMirrorView {
    const { rolloutId, phase, sha, deploymentId, steps, skipped, trouble, hasEnded } = this;
    const { repository, candidate, dryRun } = this.input;
    return {
      ...{ rolloutId, sha, deploymentId, steps, skipped, trouble, hasEnded, repository },
      version: candidate.version,
      shown: phase,
      isDryRun: dryRun,
      commands: hasEnded ? [] : [updateNames.lookAgain],
    };
  }

  private show(): void {
    setCurrentDetails(describeRolloutMirror(this.view()));
    const { phase, sha, trouble } = this;
    const said = JSON.stringify([phase, sha, trouble]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: phaseKey, value: phase ?? 'Queued' },
      { key: gitShaKey, value: sha },
      { key: needsAttentionKey, value: trouble && trouble.slice(0, 200) },
    ]);
  }

  private listen(): void {
    setHandler(readRolloutMirrorQuery, () => this.view(), {
      description: 'What is shown, and where',
    });
    setHandler(
      showAgainUpdate,
      ({ actor, reason }: Command): CommandReceipt => {
        this.isAskedAgain = true;
        this.records.add(this.subject, updateNames.lookAgain, { actor, reason });
        return { accepted: true, message: 'the present state is written again' };
      },
      {
        description:
          'Write the present state again. Example: {"actor": "ann", "reason": "it was refused"}',
        validator: (by) => rejecting(() => requireActorAndReason(by)),
      },
    );
  }
}
