/** What the sync asks of GitHub: while nothing happens, for a first import, for files that were pushed, and for both sides at once. */
import type { RepositoryKey } from '../../../src/domain/repository/names.js';
import { webhookSecret } from '../../support/api-under-test.js';
import { until } from '../../support/operator.js';
import { issueCalls, issueReads, otherCalls, apiOnlyCalls } from './calls.js';
import { addFiles, changeFiles, changeIssues, pathsOf } from './edits.js';
import type { Calls, SyncScene } from './scene.js';
import { type Seeds, seed } from './seed.js';

type By = Calls['by'];

export interface IdleCost {
  /** Of issues, for a look by the clock that finds nothing. */
  readonly poll: number;
  /** Of those, how many GitHub answered with `304`, which it does not count. */
  readonly unchanged: number;
  /** Where the branch is. */
  readonly otherCalls: number;
  /** For as long as no webhook comes. */
  readonly webhook: number;
}

export interface ImportCost {
  readonly issues: number;
  readonly prs: number;
  readonly comments: number;
  /** Reads of issues and comments; nothing of them is written. */
  readonly calls: number;
  readonly writes: number;
  readonly otherCalls: number;
  readonly by: By;
}

export interface PushCost {
  readonly files: number;
  /** Reads and writes of issues, and pushes. */
  readonly calls: number;
  readonly pushes: number;
  readonly otherCalls: number;
  /** Where no clone is wanted: all that is asked of issues, files and the refs that move. */
  readonly apiOnlyCalls: number;
  /** The policy, the token, and where the refs are. */
  readonly apiOnlyOtherCalls: number;
  /** As `calls`, where of each file an issue is made. */
  readonly newCalls: number;
  readonly by: By;
  readonly newBy: By;
  readonly apiOnlyBy: By;
  /** For the webhooks that our own writes bring about. */
  readonly echoCalls: number;
  readonly echoBy: By;
}

const quietMs = 10_000;

export async function measureImport(scene: SyncScene, seeds: Seeds) {
  const key = await scene.repository();
  await seed(scene.control, key, seeds);
  const { calls } = await scene.counted(() => scene.engine.begin(key));
  const files = await pathsOf(scene.control, key);
  if (files.length !== seeds.issues) throw new Error(`${files.length} files of ${seeds.issues}`);
  const reads = issueReads(calls);
  const cost: ImportCost = {
    ...{ issues: seeds.issues, prs: seeds.pulls, comments: seeds.comments, calls: reads },
    ...{ writes: issueCalls(calls) - reads, otherCalls: otherCalls(calls), by: calls.by },
  };
  return { key, cost };
}

export async function measureIdle(scene: SyncScene, key: RepositoryKey): Promise<IdleCost> {
  // Whoever has asked once is told `304` from then on.
  await scene.engine.pass(key, false);
  const { calls } = await scene.counted(() => scene.engine.pass(key, false));
  const quiet = await scene.counted(() => new Promise((resolve) => setTimeout(resolve, quietMs)));
  return {
    ...{ poll: issueCalls(calls), unchanged: calls.unchanged, otherCalls: otherCalls(calls) },
    webhook: issueCalls(quiet.calls) + otherCalls(quiet.calls),
  };
}

export async function measurePush(scene: SyncScene, files: number): Promise<PushCost> {
  const pushed = await pushedBy(scene, files, {});
  const apiOnly = await pushedBy(scene, files, { mode: 'api' });
  const news = await madeBy(scene, files);
  return {
    ...{ files, calls: issueCalls(pushed.calls), pushes: pushed.calls.by['git/push'] ?? 0 },
    otherCalls: otherCalls(pushed.calls),
    apiOnlyCalls: apiOnlyCalls(apiOnly.calls),
    apiOnlyOtherCalls:
      issueCalls(apiOnly.calls) + otherCalls(apiOnly.calls) - apiOnlyCalls(apiOnly.calls),
    ...{ newCalls: issueCalls(news), newBy: news.by },
    ...{ by: pushed.calls.by, apiOnlyBy: apiOnly.calls.by },
    ...{ echoCalls: issueCalls(pushed.echo), echoBy: pushed.echo.by },
  };
}

/** Told by the webhook of the push; what our own writes bring about is held back, and counted by itself. */
async function pushedBy(scene: SyncScene, files: number, sync: object) {
  const { control, engine } = scene;
  const key = await scene.repository(sync);
  await seed(control, key, { issues: 5 * files, pulls: 0, comments: 0 });
  await engine.begin(key);
  // By now it knows whatever it keeps of a repository.
  await changeFiles(control, key, 1, 'before');
  await engine.pass(key, false);
  control.addHook(key, { url: await engine.hookUrl(), secret: webhookSecret });
  const { calls } = await scene.counted(async () => {
    await changeFiles(control, key, files, 'pushed');
    await control.settle();
    control.hookFaults.reorder = 1_000_000;
    await until(
      'all of it is at GitHub',
      () => engine.view(key),
      ({ phase, lastWrite }) => phase === 'resting' && lastWrite?.written === files,
      300_000,
    );
  });
  const { calls: echo } = await scene.counted(async () => {
    const { lastPass } = await engine.view(key);
    control.hookFaults.reorder = 0;
    control.releaseHooks();
    await until(
      'the echoes are heard',
      () => engine.view(key),
      (view) => view.phase === 'resting' && view.lastPass?.atMs !== lastPass?.atMs,
      300_000,
    );
  });
  for (const hook of control.repository(key).hooks.values()) hook.active = false;
  return { calls, echo };
}

/** By a look of the clock, as one by the webhook of the push is. */
async function madeBy(scene: SyncScene, files: number): Promise<Calls> {
  const { control, engine } = scene;
  const key = await scene.repository();
  await seed(control, key, { issues: 5 * files, pulls: 0, comments: 0 });
  await engine.begin(key);
  await addFiles(control, key, 1, 'before');
  await engine.pass(key, false);
  const { calls } = await scene.counted(async () => {
    await addFiles(control, key, files, 'pushed');
    await engine.pass(key, false);
  });
  const made = (await pathsOf(control, key)).length;
  if (made !== 6 * files + 1) throw new Error(`${made} files of issues, not ${6 * files + 1}`);
  return calls;
}

export interface PassCost {
  readonly k: number;
  readonly m: number;
  readonly calls: number;
  readonly otherCalls: number;
  readonly by: By;
}

/** Over what was imported, by a look of the clock. */
export async function measurePass(
  scene: SyncScene,
  key: RepositoryKey,
  { k, m }: { readonly k: number; readonly m: number },
): Promise<PassCost> {
  await changeFiles(scene.control, key, m, 'both');
  await changeIssues(scene.control, key, k, 'both', m);
  const { calls } = await scene.counted(() => scene.engine.pass(key, false));
  return { k, m, calls: issueCalls(calls), otherCalls: otherCalls(calls), by: calls.by };
}
