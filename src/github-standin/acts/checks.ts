/** Check runs, statuses, and what follows when the last one passes: auto-merge. */
import { showCheckRun, showStatus } from '../present/check.js';
import { showCommit } from '../present/commit.js';
import type { App, CheckRun, Item, Status } from '../state.js';
import { tell } from './hooks.js';
import type { Scene } from './items.js';
import { mergePull } from './pulls.js';

export interface NewCheck {
  readonly name: string;
  readonly sha: string;
  readonly status?: CheckRun['status'];
  readonly conclusion?: string | null;
  readonly externalId?: string;
  readonly detailsUrl?: string | null;
  readonly output?: Partial<CheckRun['output']> & { annotations?: Record<string, unknown>[] };
  readonly startedAtMs?: number;
}

export type CheckChange = Partial<Omit<NewCheck, 'sha'>>;

export async function addCheck(scene: Scene, app: App, init: NewCheck): Promise<CheckRun> {
  const { world, repository } = scene;
  const run: CheckRun = {
    id: world.nextId(),
    suite: world.nextId(),
    app,
    sha: init.sha,
    name: init.name,
    status: 'queued',
    conclusion: null,
    externalId: '',
    detailsUrl: null,
    startedAtMs: init.startedAtMs ?? world.clock.now(),
    completedAtMs: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  repository.checkRuns.push(run);
  await changeCheck(scene, run, init, 'created');
  return run;
}

export async function changeCheck(
  scene: Scene,
  run: CheckRun,
  change: CheckChange,
  action: 'created' | 'completed' | null = null,
): Promise<void> {
  const { world, repository, actor } = scene;
  const { annotations = [], ...output } = change.output ?? {};
  run.name = change.name ?? run.name;
  run.externalId = change.externalId ?? run.externalId;
  run.detailsUrl = change.detailsUrl ?? run.detailsUrl;
  run.output = { ...run.output, ...output };
  // Fifty at a time are added to those that are there.
  run.annotations.push(...annotations);
  run.status = change.status ?? run.status;
  if (change.conclusion !== undefined && change.conclusion !== null) {
    run.conclusion = change.conclusion;
    run.status = 'completed';
    run.completedAtMs = world.clock.now();
  } else if (run.status !== 'completed') {
    run.conclusion = null;
    run.completedAtMs = null;
  }
  const isDone = run.status === 'completed';
  const told = action ?? (isDone ? 'completed' : null);
  const shown = { check_run: showCheckRun(world, repository, run) };
  if (told === 'created') tell(world, repository, actor, 'check_run', 'created', shown);
  if (isDone) tell(world, repository, actor, 'check_run', 'completed', shown);
  if (isDone) await mergeWaiting(scene, run.sha);
}

export async function addStatus(
  scene: Scene,
  init: Omit<Status, 'id' | 'creator' | 'atMs'>,
): Promise<Status> {
  const { world, repository, actor } = scene;
  const status: Status = {
    ...init,
    id: world.nextId(),
    creator: actor.account,
    atMs: world.clock.now(),
  };
  const list = repository.statuses.get(init.sha) ?? [];
  list.push(status);
  repository.statuses.set(init.sha, list);
  const commit = await repository.git.commit(init.sha);
  const { created_at, updated_at } = showStatus(world, repository, status);
  tell(world, repository, actor, 'status', null, {
    id: status.id,
    sha: status.sha,
    name: `${repository.owner.login}/${repository.name}`,
    avatar_url: null,
    target_url: status.targetUrl,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: commit === null ? null : showCommit(world, repository, commit),
    branches: [],
    created_at,
    updated_at,
  });
  await mergeWaiting(scene, init.sha);
  return status;
}

/** Pull requests with auto-merge on this head merge as soon as nothing is in the way. */
async function mergeWaiting(scene: Scene, sha: string): Promise<void> {
  for (const item of scene.repository.items.values()) {
    if (item.pull?.headSha === sha) await mergeIfWaiting(scene, item);
  }
}

export async function mergeIfWaiting(scene: Scene, item: Item): Promise<void> {
  const auto = item.pull?.autoMerge;
  if (!auto || item.state !== 'open') return;
  const actor = { ...scene.actor, account: auto.by };
  await mergePull({ ...scene, actor }, item, {
    method: auto.method,
    ...(auto.title === null ? {} : { title: auto.title }),
    ...(auto.message === null ? {} : { message: auto.message }),
  }).catch(() => undefined);
}
