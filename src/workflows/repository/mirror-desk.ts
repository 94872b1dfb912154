/** What a mirror has shown and where: its memory, its writes, and what operators see of it. */
import {
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { MirrorReleaseInput } from '../../domain/deployment-mirror/begin.js';
import type { Command, CommandReceipt } from '../../domain/command.js';
import {
  type MirrorState,
  type MirrorWrite,
  nothingMirrored,
} from '../../domain/deployment-mirror/mirror.js';
import {
  describeMirror,
  type MirrorView,
  type ShownStep,
} from '../../domain/deployment-mirror/view.js';
import { isWithin, releaseWorkflowId } from '../../domain/names.js';
import { isEnded, type Phase, phases } from '../../domain/phase.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { atCodeHost, watchWith } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import {
  gitShaKey,
  needsAttentionKey,
  phaseKey,
  repositoryKey,
  serviceKey,
  versionKey,
} from '../search-attributes.js';
import { readMirrorQuery, showAgainUpdate } from './mirror-messages.js';

const keptSteps = 100;
const readMs = 60_000;
/** Phases that raise the question why. */
const explained: readonly Phase[] = [
  ...(['Holding', 'NeedsHelp', 'RollingBack'] as const),
  ...phases.filter(isEnded),
];

export class MirrorDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  state: MirrorState = nothingMirrored;
  steps: readonly ShownStep[] = [];
  trouble: string | null = null;
  hasEnded = false;
  /** A person wants all of it written once more. */
  isAskedAgain = false;
  private deployments: Readonly<Record<string, number>> = {};
  private shown = '';
  private readonly input: MirrorReleaseInput;

  constructor(input: MirrorReleaseInput) {
    this.input = input;
    this.listen();
    this.show();
  }

  /** In their order, one after the other; one that the host refuses for good is told and passed over. */
  async write(told: {
    readonly state: MirrorState;
    readonly writes: readonly MirrorWrite[];
  }): Promise<void> {
    this.state = told.state;
    for (const each of told.writes) {
      this.steps = [...this.steps, { atMs: Date.now(), ...each }].slice(-keptSteps);
      if (this.input.dryRun) continue;
      try {
        await this.writeOne(each);
        this.trouble = null;
      } catch (error) {
        this.trouble = `${each.phase} is not shown: ${innermostMessage(error)}`;
      }
    }
    this.show();
  }

  async writeAllAgain(): Promise<void> {
    this.isAskedAgain = false;
    const stages = Object.entries(this.state.stages).map(([environment, phase]) => ({
      environment,
      phase,
    }));
    const whole = this.state.release;
    const writes = [...stages, ...(whole === null ? [] : [{ environment: null, phase: whole }])];
    await this.write({ state: this.state, writes });
  }

  view(): MirrorView {
    const { release, repository, sha, dryRun } = this.input;
    const { state, deployments, steps, trouble, hasEnded } = this;
    return {
      ...{ release, repository, sha, deployments, steps, trouble, hasEnded },
      shown: state,
      isDryRun: dryRun,
      commands: hasEnded ? [] : [updateNames.lookAgain],
    };
  }

  show(): void {
    const { release, repository, sha } = this.input;
    setCurrentDetails(describeMirror(this.view()));
    const phase = this.state.release ?? 'Queued';
    const said = JSON.stringify([phase, this.trouble]);
    if (said === this.shown) return;
    const isFirst = this.shown === '';
    this.shown = said;
    upsertSearchAttributes([
      ...(isFirst
        ? [
            { key: serviceKey, value: release.service },
            { key: versionKey, value: release.version },
            { key: repositoryKey, value: repositoryPath(repository) },
            { key: gitShaKey, value: sha },
          ]
        : []),
      { key: phaseKey, value: phase },
      { key: needsAttentionKey, value: this.trouble && this.trouble.slice(0, 200) },
    ]);
  }

  private async writeOne({ environment, phase }: MirrorWrite): Promise<void> {
    const { release, runId, repository, sha, logUrl, production } = this.input;
    const reason = await this.reasonFor(environment, phase);
    const call = { release, runId, repository, sha, logUrl, phase, reason, subject: this.subject };
    const summary = `${environment ?? 'the release'}: ${phase}`;
    if (environment === null) {
      await atCodeHost.showRelease.executeWithOptions({ summary }, [call]);
      return;
    }
    const { deploymentId } = await atCodeHost.showDeployment.executeWithOptions({ summary }, [
      {
        ...call,
        environment,
        isProduction: production.some((each) => isWithin(environment, each)),
        deploymentId: this.deployments[environment] ?? null,
      },
    ]);
    this.deployments = { ...this.deployments, [environment]: deploymentId };
  }

  /** Why, where people ask: null for a phase that explains itself, or that the release has left by now. */
  private async reasonFor(environment: string | null, phase: Phase): Promise<string | null> {
    if (!explained.includes(phase)) return null;
    const { release, runId } = this.input;
    const releaseId = releaseWorkflowId(release);
    const view = await watchWith(readMs)
      .readReleaseView.executeWithOptions({ summary: `why ${phase}?` }, [{ releaseId, runId }])
      .catch(() => null);
    if (environment === null) return view?.phase === phase ? view.reason : null;
    const stage = view?.stages.find((each) => each.environment === environment);
    return stage?.phase === phase ? stage.reason : null;
  }

  private listen(): void {
    setHandler(readMirrorQuery, () => this.view(), { description: 'What is shown, and where' });
    setHandler(
      showAgainUpdate,
      ({ actor, reason }: Command): CommandReceipt => {
        this.isAskedAgain = true;
        this.records.add(this.subject, updateNames.lookAgain, { actor, reason });
        return { accepted: true, message: 'all of it is written again' };
      },
      {
        description:
          'Write all of it again. Example: {"actor": "ann", "reason": "somebody deleted it"}',
        validator: (by) => rejecting(() => requireActorAndReason(by)),
      },
    );
  }
}
