/** Thousands of stale issues on the stand-in GitHub with its limits on, marked and closed at their turns: what it costs. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { createStaleItemActivities } from '../../../src/activities/repository/stale-item-activities.js';
import { staleItemPolicies } from '../../../src/domain/stale-item/policy.js';
import { slotItems, slotsEndMs, writesToMark } from '../../../src/domain/stale-item/schedule.js';
import { staleItemsSchema } from '../../../src/domain/stale-item/schema.js';
import { startGithub } from '../../support/github.js';
import { staleCostOfPeer } from './actions-stale-cost.js';

const dayMs = 86_400_000;
/** As in the sweep. */
const passLimit = 100;

export interface StaleCost {
  readonly items: number;
  /** To mark all of them. */
  readonly calls: number;
  readonly writes: number;
  readonly hours: number;
  /** Answers in which the host refused for its limits. */
  readonly refused: number;
  readonly floor: { readonly calls: number; readonly writes: number };
  readonly actionsStale: { readonly calls: number; readonly runsByDefault: number };
  readonly closing: {
    readonly calls: number;
    readonly writes: number;
    readonly hours: number;
    /** Beside that, it reads each that waits in every run. */
    readonly actionsStale: { readonly calls: number; readonly callsADayOfWaiting: number };
  };
  /** A pass that finds nothing due; there is one a day, whether webhooks come or not. */
  readonly callsPerIdlePass: number;
}

export async function measureStaleItems(items: number): Promise<StaleCost> {
  const startMs = Math.floor(Date.now() / 1000) * 1000;
  const github = await startGithub({ startMs: startMs - 90 * dayMs });
  try {
    return await measure(github, items, startMs);
  } finally {
    await github.stop();
  }
}

async function measure(
  { control, codeHost, repository }: Awaited<ReturnType<typeof startGithub>>,
  items: number,
  startMs: number,
): Promise<StaleCost> {
  for (let n = 0; n < items; n += 1) {
    control.clock.set(startMs - 90 * dayMs + n * 1000);
    await control.createIssue(repository, { title: `quiet ${n}`, as: 'ann' });
  }
  const policies = staleItemPolicies(staleItemsSchema.parse({}));
  const policy = policies.issues;
  const ports = { codeHost, ledger: createMemoryLedger(), now: control.now } as unknown;
  const activities = createStaleItemActivities(ports as ActivityPorts);
  const run = <Input, Output>(act: (input: Input) => Promise<Output>, input: Input) =>
    new MockActivityEnvironment().run(act, input) as Promise<Output>;
  const count = () => {
    const calls = control.log.filter(({ path }) => !path.includes('access_tokens')).length;
    const writes = control
      .writes()
      .filter(({ path, status }) => status < 400 && !path.includes('access_tokens')).length;
    const refused = control.log.filter(({ status }) => status === 403 || status === 429).length;
    return { calls, writes, refused };
  };

  // The limits of the host hold from here on, by its own clock.
  control.limits.isSecondaryOn = true;
  control.clock.set(startMs);
  control.clearLog();
  const marks: { readonly number: number; readonly atMs: number }[] = [];
  const pace = { writesPerHour: policies.writesPerHour };
  const writesFor = () => writesToMark(policy);
  let nowMs = startMs;
  for (;;) {
    const asked = { repository, policies, nowMs, limit: passLimit };
    const { due } = await run(activities.listStaleItems, asked);
    if (due.length === 0) break;
    const slotted = slotItems(due, writesFor, { ...pace, fromMs: nowMs });
    for (const { slotAtMs, ...item } of slotted) {
      if (slotAtMs > control.now()) control.clock.set(slotAtMs);
      const marking = { repository, policy, ...item, dryRun: false };
      const answer = await run(activities.markStaleItem, marking);
      if (answer.kind !== 'marked')
        throw new Error(`#${item.number} was not marked: ${answer.kind}`);
      marks.push({ number: item.number, atMs: control.now() });
    }
    nowMs = slotsEndMs(slotted, writesFor, { ...pace, fromMs: nowMs });
    control.clock.set(nowMs);
  }
  const marked = count();
  if (marks.length !== items) throw new Error(`${marks.length} of ${items} were marked`);

  control.clearLog();
  const asked = { repository, policies, nowMs: control.now(), limit: passLimit };
  await run(activities.listStaleItems, asked);
  const callsPerIdlePass = count().calls;

  control.clearLog();
  const graceMs = policy.closeAfterMs ?? 0;
  for (const { number, atMs } of marks) {
    control.clock.set(Math.max(control.now(), atMs + graceMs + 2_000));
    const closing = {
      repository,
      number,
      policy,
      nowMs: control.now(),
      forced: null,
      dryRun: false,
    };
    const answer = await run(activities.closeStaleItem, closing);
    if (answer.kind !== 'closed')
      throw new Error(`#${number} was not closed: ${JSON.stringify(answer)}`);
  }
  const closed = count();
  const hours = hoursOf(marks.map(({ atMs }) => atMs));
  const peer = staleCostOfPeer({ open: items, dueToMark: items, marked: 0, dueToClose: 0 });
  const peerCloses = staleCostOfPeer({ open: items, dueToMark: 0, marked: 0, dueToClose: items });
  const peerWaits = staleCostOfPeer({ open: items, dueToMark: 0, marked: items, dueToClose: 0 });
  return {
    items,
    ...{ calls: marked.calls, writes: marked.writes, hours },
    refused: marked.refused + closed.refused,
    floor: { calls: Math.ceil((items + 1) / 100) + items, writes: items },
    actionsStale: { calls: peer.calls, runsByDefault: peer.runs },
    closing: {
      ...{ calls: closed.calls, writes: closed.writes, hours },
      actionsStale: { calls: peerCloses.calls, callsADayOfWaiting: peerWaits.calls },
    },
    callsPerIdlePass,
  };
}

/** Closings keep the steps of the marks. */
function hoursOf(times: readonly number[]): number {
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return Math.round(spanMs / 36_000) / 100;
}
