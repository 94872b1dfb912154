/** What one watched item's workflow knows, what people and events tell it, and what it shows. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
import type { Phase } from '../../domain/phase.js';
import { describeActivity } from '../../domain/stale-item/decide.js';
import { describeStaleItem } from '../../domain/stale-item/describe.js';
import { readStaleEvent, type StaleEvent } from '../../domain/stale-item/event.js';
import type {
  StaleItemStage,
  StaleItemStory,
  StaleItemView,
} from '../../domain/stale-item/view.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { deadlineKey, needsAttentionKey, phaseKey } from '../search-attributes.js';
import { repositoryEventSignal } from './repository-signal.js';
import {
  cancelItemUpdate,
  closeItemUpdate,
  keepItemUpdate,
  readStaleItemQuery,
  type StaleItemInput,
} from './watch-stale-item-messages.js';

export interface Wish extends Command {
  readonly kind: 'keep' | 'close' | 'cancel';
}

const phaseOf: Readonly<Record<StaleItemStage, Phase>> = {
  queued: 'Queued',
  marked: 'Holding',
  closed: 'Promoted',
  unmarked: 'Aborted',
  left: 'Superseded',
  planned: 'Superseded',
  stuck: 'NeedsHelp',
};

/** Clocks of hosts and ours differ by less; an older event was seen when it was marked. */
const skewMs = 15_000;
const longestStory = 20;

export class StaleItemDesk {
  readonly input: StaleItemInput;
  /** Null before it is marked. */
  markedAtMs: number | null;
  dueAtMs: number | null;
  private stage: StaleItemStage;
  private reason: string;
  private story: StaleItemStory[];
  private wish: Wish | null = null;
  private news: StaleEvent[] = [];
  private shown = '';
  private readonly records = new CommandRecords();

  constructor(input: StaleItemInput) {
    this.input = input;
    const { carried, marking } = input;
    this.markedAtMs = carried?.markedAtMs ?? null;
    this.dueAtMs = carried?.dueAtMs ?? input.slotAtMs;
    this.stage = carried === null ? 'queued' : 'marked';
    this.reason = marking?.reason ?? 'it carries the mark';
    this.story = [...(carried?.story ?? [])];
    this.listen();
  }

  private listen(): void {
    const { input } = this;
    const take =
      (kind: Wish['kind'], message: string) =>
      (command: Command): CommandReceipt => {
        this.wish = { kind, actor: command.actor, reason: command.reason };
        this.records.add(workflowInfo().workflowId, kind, command);
        return { accepted: true, message };
      };
    const validator = (command: Command): void =>
      rejecting(() => {
        requireActorAndReason(command);
        if (this.isOpen()) return;
        throw new Failure('CommandRejected', 'it is over already', { seen: this.stage });
      });
    const example = 'One object: {"actor": "ann", "reason": "we still want it"}';
    setHandler(keepItemUpdate, take('keep', 'the mark is taken off'), {
      validator,
      description: `Take the mark off. ${example}`,
    });
    setHandler(closeItemUpdate, take('close', 'it is closed'), {
      validator,
      description: `Close it now. ${example}`,
    });
    setHandler(cancelItemUpdate, take('cancel', 'it is watched no more'), {
      validator,
      description: `End the watch and leave all as it is. ${example}`,
    });
    setHandler(readStaleItemQuery, () => this.view());
    setHandler(repositoryEventSignal, (event) => {
      const { number, policy, ownLogin } = input;
      const told = readStaleEvent(event, { number, label: policy.label, ownLogin });
      if (told === null) return;
      const since = this.markedAtMs;
      const isOld =
        told.kind === 'activity' && since !== null && told.activity.atMs <= since - skewMs;
      if (!isOld) this.news.push(told);
    });
  }

  private isOpen(): boolean {
    return this.stage === 'queued' || this.stage === 'marked' || this.stage === 'stuck';
  }

  hasNews(): boolean {
    return this.wish !== null || this.news.length > 0;
  }

  takeWish(): Wish | null {
    const { wish } = this;
    this.wish = null;
    return wish;
  }

  /** The one that weighs most; of activities the newest. */
  takeNews(): StaleEvent | null {
    const { news } = this;
    this.news = [];
    const of = (kind: StaleEvent['kind']) => news.filter((each) => each.kind === kind).at(-1);
    return of('ended') ?? of('unlabelled') ?? of('activity') ?? of('changed') ?? null;
  }

  /** @returns whether something was said before the time was over; null: waits for that alone */
  async listenUntil(atMs: number | null, summary: string): Promise<boolean> {
    if (atMs === null) {
      await condition(() => this.hasNews());
      return true;
    }
    const forMs = atMs - Date.now();
    if (forMs <= 0) return this.hasNews();
    return await condition(() => this.hasNews(), forMs, { summary });
  }

  move(stage: StaleItemStage, reason: string): void {
    this.stage = stage;
    this.reason = reason;
    this.tell(`${stage}: ${reason}`);
    this.show();
  }

  tell(text: string): void {
    this.story = [...this.story, { atMs: Date.now(), text }].slice(-longestStory);
  }

  tellActivity(event: Extract<StaleEvent, { kind: 'activity' }>): string {
    return describeActivity(event.activity);
  }

  show(): void {
    const view = this.view();
    setCurrentDetails(describeStaleItem(view));
    const phase = phaseOf[this.stage];
    const shown = `${phase} ${view.nextAtMs}`;
    if (shown === this.shown) return;
    this.shown = shown;
    upsertSearchAttributes([
      { key: phaseKey, value: phase },
      { key: deadlineKey, value: view.nextAtMs === null ? null : new Date(view.nextAtMs) },
      { key: needsAttentionKey, value: this.stage === 'stuck' ? this.reason.slice(0, 200) : null },
    ]);
  }

  async settle(): Promise<void> {
    await this.records.settle();
  }

  carry(): NonNullable<StaleItemInput['carried']> {
    return { markedAtMs: this.markedAtMs ?? 0, dueAtMs: this.dueAtMs, story: this.story };
  }

  private view(): StaleItemView {
    const { repository, number, isPull, dryRun } = this.input;
    const { stage, reason, story } = this;
    const nextAtMs = this.isOpen() ? this.dueAtMs : null;
    const commands = this.isOpen() ? ['keep', 'close', 'cancel'] : [];
    return {
      ...{ repository, number, isPull, stage, reason, nextAtMs, story, commands },
      isDryRun: dryRun,
    };
  }
}
