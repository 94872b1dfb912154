/** One generated history of a sync: people on both sides, workers that die anywhere, and what must hold when all is quiet. */
import assert from 'node:assert/strict';
import { conflictBranch } from '../../../src/domain/issue-sync/hear.js';
import {
  fieldPolicies,
  type SyncPolicy,
  syncPolicySchema,
} from '../../../src/domain/issue-sync/schema.js';
import type { FieldName } from '../../../src/domain/issue-sync/shapes.js';
import { check } from './promises.js';
import { Crash, newDesk, type PassEnd, type PassOrder, runPass } from './pass.js';
import { actAtHost, actOnFiles, type Chance, chanceOf, type People } from './people.js';
import { recordsOf } from './records.js';
import { everything, type Run } from './run.js';
import { newTokens, seen } from './tokens.js';
import { type Commit, commitAt, commitFiles, headOf, isAncestor, mergeInto } from './tree.js';
import { newWorld } from './world.js';

export interface HistoryEnd {
  readonly passes: number;
  readonly crashes: number;
  readonly conflicts: number;
  readonly gaps: number;
}

/**
 * @param files how files are written: pushed, or on a branch that waits to be merged
 * @throws AssertionError that tells the seed and all that happened
 */
export async function runHistory(seed: number, files: SyncPolicy['mode']): Promise<HistoryEnd> {
  const chance = chanceOf(seed);
  const said: string[] = [];
  const world = newWorld();
  const say = (text: string) => void said.push(text);
  const people: People = { world, chance, tokens: newTokens(), say };
  const desk = newDesk({
    ...{ world, policy: policyOf(chance, files), disturb: () => undefined },
    afterCrash: () => chance.one(['again', 'again', 'elsewhere', 'given up']) ?? 'again',
  });
  const run: Run = { people, desk };
  const { fields, rewritten, mode } = desk.policy;
  say(JSON.stringify({ fields, rewritten, mode }));
  try {
    const counts = { crashes: 0, gaps: 0 };
    const steps = 3 + chance.below(14);
    for (let step = 0; step < steps; step += 1) {
      world.nowMs += 1000 * chance.below(2);
      const dice = chance.below(12);
      if (dice < 4) actAtHost(people);
      else if (dice < 8) actOnFiles(people);
      else if (dice < 9) answer(run);
      else await disturbedPass(run, counts);
    }
    await settle(run);
    check(run);
    return { ...counts, passes: desk.passes, conflicts: openConflicts(run).length };
  } catch (error) {
    const reason = error instanceof Error ? error.stack : String(error);
    throw new assert.AssertionError({
      message: `SLUICE_SYNC_SEED=${seed}\n${said.join('\n')}\n${reason}`,
    });
  }
}

function policyOf(chance: Chance, mode: SyncPolicy['mode']): SyncPolicy {
  const isAsking = chance.below(2) === 0;
  const policy = (): (typeof fieldPolicies)[number] =>
    isAsking ? 'ask' : (chance.one(fieldPolicies) ?? 'ask');
  return syncPolicySchema.parse({
    fields: { title: policy(), body: policy(), milestone: policy() },
    archive: chance.below(3) === 0 ? false : 'issues/archive',
    onFileDeleted: chance.one(['ask', 'restore', 'close']),
    rewritten: chance.one(['ask', 'edit', 'github']),
    names: chance.below(3) === 0 ? 'keep' : 'follow',
    mode,
    firstPass: 'go',
  });
}

async function pass(run: Run, order: PassOrder): Promise<PassEnd> {
  const { world, tokens } = run.people;
  const { past } = world.repository;
  const from = past.length - 1;
  try {
    return await runPass(run.desk, order);
  } finally {
    // Whoever wants GitHub's side back has looked at what the rewritten branch had.
    if (run.desk.policy.rewritten === 'github' && isForced(run)) {
      const before = past.slice(from).flatMap(({ files }) => [...files.values()]);
      seen(tokens, before.join('\n'), everything(run, waitingOn(run)));
    }
  }
}

/** What will be on the branch once what waits is merged; where it was made of another head, nobody knows. */
function waitingOn({ people: { world } }: Run): Commit {
  const { repository } = world;
  const [head, tip] = [headOf(repository), commitAt(repository, 'refs/heads/sync/files')];
  return tip !== null && isAncestor(repository, head.sha, tip.sha) ? tip : head;
}

/** The branch was put back to where it had been before. */
function isForced({ people: { world } }: Run): boolean {
  const { past } = world.repository;
  return past.some(({ sha }, at) => {
    const next = past[at + 1];
    return next !== undefined && !isAncestor(world.repository, sha, next.sha);
  });
}

async function disturbedPass(run: Run, counts: { crashes: number; gaps: number }): Promise<void> {
  const { people, desk } = run;
  const { chance } = people;
  let untilCrash = chance.below(2) === 0 ? chance.below(60) : -1;
  const isBusy = chance.below(2) === 0;
  desk.disturb = (point) => {
    people.world.nowMs += 500 * chance.below(2);
    if (isBusy && chance.below(24) === 0) {
      counts.gaps += 1;
      people.say(`  ${point}:`);
      if (chance.below(3) === 0) actOnFiles(people);
      else actAtHost(people, true);
    }
    untilCrash -= 1;
    if (untilCrash !== 0) return;
    counts.crashes += 1;
    untilCrash = chance.below(3) === 0 ? chance.below(40) : -1;
    people.say(`  crash ${point}`);
    throw new Crash();
  };
  const heard = chance.below(2) === 0 ? [...people.world.issues.keys()] : [];
  const end = await pass(run, {
    ...{ isFull: chance.below(3) === 0, isListed: chance.below(3) > 0 },
    heard: heard.map((number) => ({
      ...{ number, digest: null, actor: 'ada', delivery: 'd', isComment: true },
    })),
  });
  desk.disturb = () => undefined;
  people.say(`pass: ${end}`);
  if (end === 'held' && chance.below(2) === 0) desk.isApproved = true;
}

function openConflicts({ people: { world } }: Run) {
  return [...recordsOf(world).values()].flatMap(({ number, questions, tombstone }) =>
    tombstone !== null
      ? []
      : Object.entries(questions).flatMap(([name, question]) =>
          question.kind === 'conflict' ? [{ number, name: name as FieldName, question }] : [],
        ),
  );
}

/** A person answers one open conflict, by a command or by its pull request, or says what a deleted file means. */
function answer(run: Run): void {
  const { people, desk } = run;
  const { world, chance, tokens } = people;
  if (chance.below(3) === 0 && mergePending(run)) return;
  const open = chance.one(openConflicts(run));
  const said = (number: number, field: FieldName, take: 'file' | 'github' | 'text', text = '') => {
    desk.answers = [...desk.answers, { number, field, take, text, actor: 'ann' }];
    people.say(`answer #${number} ${field}: ${take} ${JSON.stringify(text)}`);
  };
  if (open === undefined) {
    const records = [...recordsOf(world).values()];
    const record = chance.one(
      records.filter(({ path, tombstone }) => path === null && tombstone === null),
    );
    if (record !== undefined) {
      said(record.number, 'state', chance.one(['file', 'github'] as const) ?? 'file');
    }
    return;
  }
  const { number, name } = open;
  if (chance.below(3) > 0) return answerByPull(run, number);
  const record = recordsOf(world).get(number);
  if (record === undefined) return;
  const [inFile, atHost] = [String(record.file[name] ?? ''), String(record.host[name] ?? '')];
  const take = chance.one(['file', 'github', 'text'] as const) ?? 'file';
  const text = chance.below(2) === 0 ? inFile : `${inFile} ${atHost}`.trim();
  if (take === 'text') seen(tokens, `${inFile}\n${atHost}`, text);
  else seen(tokens, `${inFile}\n${atHost}`, take === 'file' ? inFile : atHost);
  said(number, name, take, text);
}

/** Somebody pushes an answer, or merges what is there; markers are left in it now and then. */
function answerByPull({ people }: Run, number: number): void {
  const { world, chance, tokens, say } = people;
  const { repository } = world;
  const ref = `refs/heads/${conflictBranch(number)}`;
  const branch = commitAt(repository, ref);
  const pull = [...world.pulls.values()].find(
    ({ state, head }) => state === 'open' && `refs/heads/${head}` === ref,
  );
  if (branch === null || pull === undefined) return;
  const asked = [...branch.files].find(([, text]) =>
    /^<{7} file$/m.test(text.replaceAll('\r', '')),
  );
  if (asked !== undefined && chance.below(8) > 0) {
    const [path, text] = asked;
    const answered = resolved(text, chance);
    seen(tokens, text, answered);
    commitFiles(repository, [{ path, text: answered }], { ref, atMs: world.nowMs });
    say(`push an answer for #${number}: ${JSON.stringify(answered)}`);
    if (chance.below(2) === 0) return;
  }
  const merged = mergeInto(repository, ref, world.nowMs);
  if (merged === null) return say(`#${pull.number} cannot be merged`);
  pull.state = 'closed';
  pull.mergeSha = merged.sha;
  say(`merge #${pull.number}, which asks about #${number}`);
}

/** Whether there was something that waited for it. */
function mergePending({ people: { world, say } }: Run): boolean {
  const pull = [...world.pulls.values()].find(
    ({ state, head }) => state === 'open' && head === 'sync/files',
  );
  if (pull === undefined) return false;
  const merged = mergeInto(world.repository, 'refs/heads/sync/files', world.nowMs);
  if (merged === null) return false;
  pull.state = 'closed';
  pull.mergeSha = merged.sha;
  say(`merge #${pull.number}`);
  return true;
}

/** Each conflict by one side, the other, or both. */
function resolved(text: string, chance: Chance): string {
  const conflict =
    /<<<<<<< file\r?\n([^]*?)(?:\|\|\|\|\|\|\| before\r?\n[^]*?)?=======\r?\n([^]*?)>>>>>>> github(\r?\n|$)/g;
  return text.replace(conflict, (_, file: string, github: string) => {
    const isKey = /^(?:title|milestone): |^# /.test(file || github);
    const choice = chance.below(isKey ? 2 : 3);
    return choice === 0 ? file : choice === 1 ? github : file + github;
  });
}

const mostPasses = 10;

/** Nobody acts any more but to merge what waits, until nothing is left to do. */
async function settle(run: Run): Promise<void> {
  const { world } = run.people;
  const state = () => JSON.stringify([...world.repository.refs, world.hostWrites]);
  for (let passes = 1; passes <= mostPasses; passes += 1) {
    world.nowMs += 1000;
    const before = state();
    run.desk.isApproved = true;
    const end = await pass(run, { isFull: true, isListed: true, heard: [] });
    run.people.say(`quiet pass: ${end}`);
    const isMerged = mergePending(run);
    if (!isMerged && state() === before) return;
  }
  throw new Error('it does not come to rest');
}
