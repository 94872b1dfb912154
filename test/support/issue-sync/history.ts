/** One generated history of a sync: people on both sides, passes cut short anywhere, and what must hold when all is quiet. */
import assert from 'node:assert/strict';
import { replayTrail } from '../../../src/domain/issue-sync/audit.js';
import { changedFields, markersIn } from '../../../src/domain/issue-sync/canon.js';
import { shortHash } from '../../../src/domain/issue-sync/markers.js';
import type { Answers } from '../../../src/domain/issue-sync/merge-fields.js';
import { printRecord, recordPath } from '../../../src/domain/issue-sync/record.js';
import { fieldPolicies, syncPolicySchema } from '../../../src/domain/issue-sync/schema.js';
import type { FieldName, IssueFields } from '../../../src/domain/issue-sync/shapes.js';
import { Crash, type PassEnd, type PassOrder, readFile, runPass } from './pass.js';
import { actAtHost, actOnFiles, type Chance, chanceOf, type People } from './people.js';
import { newTokens, seen, tokensIn } from './tokens.js';
import { commitFiles, newWorld, readIssue, type World } from './world.js';

interface Shown {
  /** The file that the conflict was made of, and with both sides in it. */
  readonly path: string;
  readonly text: string;
  readonly fields: readonly FieldName[];
  readonly seen: IssueFields;
  readonly head: string;
}

interface Run {
  readonly people: People;
  readonly policy: PassOrder['policy'];
  readonly answers: Map<number, Answers>;
  readonly deletedFiles: Map<number, 'restore' | 'close'>;
  readonly conflicts: Map<number, Shown>;
  readonly passedOver: string[];
  isApproved: boolean;
}

export interface HistoryEnd {
  readonly passes: number;
  readonly crashes: number;
  readonly conflicts: number;
  readonly gaps: number;
}

/** @throws AssertionError that tells the seed and all that happened */
export function runHistory(seed: number): HistoryEnd {
  const chance = chanceOf(seed);
  const said: string[] = [];
  const world = newWorld();
  const people: People = {
    world,
    chance,
    tokens: newTokens(),
    say: (text) => void said.push(text),
  };
  const run: Run = {
    people,
    policy: policyOf(chance),
    ...{ answers: new Map(), deletedFiles: new Map(), conflicts: new Map(), passedOver: [] },
    isApproved: false,
  };
  said.push(JSON.stringify(run.policy.fields));
  try {
    const counts = { passes: 0, crashes: 0, gaps: 0 };
    const steps = 3 + chance.below(14);
    for (let step = 0; step < steps; step += 1) {
      world.nowMs += 1000 * chance.below(2);
      const dice = chance.below(12);
      if (dice < 4) actAtHost(people);
      else if (dice < 8) actOnFiles(people);
      else if (dice < 9) answer(run);
      else disturbedPass(run, counts);
    }
    const passes = settle(run);
    check(run);
    return { ...counts, passes: counts.passes + passes, conflicts: openConflicts(world).length };
  } catch (error) {
    const reason = error instanceof Error ? error.stack : String(error);
    throw new assert.AssertionError({
      message: `SLUICE_SYNC_SEED=${seed}\n${said.join('\n')}\n${reason}`,
    });
  }
}

function policyOf(chance: Chance): Run['policy'] {
  const policy = (): (typeof fieldPolicies)[number] =>
    chance.below(2) === 0 ? 'ask' : (chance.one(fieldPolicies) ?? 'ask');
  return {
    ...syncPolicySchema.parse({
      fields: { title: policy(), body: policy(), milestone: policy() },
      archive: chance.below(3) === 0 ? false : 'issues/archive',
      onFileDeleted: chance.one(['ask', 'restore', 'close']),
      rewritten: chance.one(['ask', 'edit', 'github']),
    }),
    names: chance.below(3) === 0 ? 'keep' : 'follow',
  };
}

function orderOf(run: Run, at: PassOrder['at'], isQuiet: boolean): PassOrder {
  const { people } = run;
  return {
    ...{ policy: run.policy, answers: new Map(run.answers), at, isApproved: run.isApproved },
    deletedFiles: new Map(run.deletedFiles),
    conflict(number, { conflict }, hostSeen) {
      if (conflict === null) return;
      const { path, text, fields } = conflict;
      const head = people.world.head.files.get(path) ?? '';
      run.conflicts.set(number, { path, text, fields, seen: hostSeen, head });
    },
    passedOver: (text) => void run.passedOver.push(text),
    isDown: () => !isQuiet && people.chance.below(6) === 0,
  };
}

function pass(run: Run, at: PassOrder['at'], isQuiet = false): PassEnd {
  const { world } = run.people;
  const before = texts(world.head.files.values());
  let end: PassEnd;
  try {
    end = runPass(world, orderOf(run, at, isQuiet));
  } finally {
    // Whoever wants GitHub's side back has looked at what the rewritten branch had.
    if (run.policy.rewritten === 'github') forget(run, before);
  }
  if (end.kind === 'done') {
    run.answers.clear();
    run.deletedFiles.clear();
    run.isApproved = false;
  }
  return end;
}

function forget({ people: { tokens, world } }: Run, before: string): void {
  if (!hasForcePush(world)) return;
  seen(tokens, before, everything(world));
}

function hasForcePush(world: World): boolean {
  return world.snapshots.some(({ id, parent }) => id > 1 && parent !== id - 1);
}

function disturbedPass(run: Run, counts: { passes: number; crashes: number; gaps: number }): void {
  const { people } = run;
  const { chance } = people;
  const crashAt = chance.below(2) === 0 ? chance.below(8) : -1;
  let point = 0;
  counts.passes += 1;
  try {
    const end = pass(run, (name) => {
      people.world.nowMs += 1000 * chance.below(2);
      if (name !== 'committed' && chance.below(4) === 0) {
        counts.gaps += 1;
        people.say(`  at ${name}:`);
        if (chance.below(3) === 0) actOnFiles(people);
        else actAtHost(people);
      }
      point += 1;
      if (point === crashAt) {
        people.say(`  crash at ${name}`);
        throw new Crash();
      }
    });
    people.say(`pass: ${JSON.stringify(end)}`);
    if (end.kind === 'held' && chance.below(2) === 0) run.isApproved = true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    counts.crashes += 1;
  }
}

function openConflicts(world: World) {
  return [...world.records.values()].flatMap(({ number, questions, tombstone }) =>
    tombstone !== null
      ? []
      : Object.entries(questions).flatMap(([name, question]) =>
          question.kind === 'conflict' ? [{ number, name: name as FieldName }] : [],
        ),
  );
}

/** A person answers one open conflict, by a command or by merging its pull request, or says what a deleted file means. */
function answer(run: Run): void {
  const { people, answers, conflicts } = run;
  const { world, chance, tokens } = people;
  const open = chance.one(openConflicts(world));
  if (open === undefined) {
    const asked = [...world.records.values()].filter(
      ({ path, tombstone }) => path === null && tombstone === null,
    );
    const record = chance.one(asked);
    if (record === undefined) return;
    run.deletedFiles.set(record.number, chance.one(['restore', 'close']) ?? 'restore');
    return people.say(`deleted file of #${record.number}: ${run.deletedFiles.get(record.number)}`);
  }
  const { number, name } = open;
  const record = world.records.get(number);
  if (record === undefined) return;
  const shown = conflicts.get(number);
  const [inFile, atHost] = [String(record.file[name] ?? ''), String(record.host[name] ?? '')];
  if (
    shown !== undefined &&
    world.head.files.get(shown.path) === shown.head &&
    chance.below(2) === 0
  ) {
    const text = resolved(shown.text, chance);
    seen(tokens, shown.text, text);
    commitFiles(world, [{ path: shown.path, text }]);
    const merged = (field: FieldName) => [field, { take: 'merged', seen: shown.seen[field] }];
    answers.set(number, Object.fromEntries(shown.fields.map(merged)));
    return people.say(`merge the pull request of #${number}: ${JSON.stringify(text)}`);
  }
  const take = chance.one(['file', 'github', 'text'] as const) ?? 'file';
  const text = chance.below(2) === 0 ? inFile : `${inFile} ${atHost}`.trim();
  if (take === 'text') seen(tokens, `${inFile}\n${atHost}`, text);
  else seen(tokens, `${inFile}\n${atHost}`, take === 'file' ? inFile : atHost);
  answers.set(number, { [name]: take === 'text' ? { take, text } : { take } });
  people.say(`answer #${number} ${name}: ${take} ${JSON.stringify(text)}`);
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

/** Nobody acts any more, until nothing is left to do. */
function settle(run: Run): number {
  run.isApproved = true;
  for (let passes = 1; passes <= 8; passes += 1) {
    run.people.world.nowMs += 1000;
    const end = pass(run, () => undefined, true);
    run.people.say(`quiet pass: ${JSON.stringify(end)}`);
    if (end.hostWrites + end.files + end.records === 0) return passes;
    run.isApproved = true;
  }
  throw new Error('it does not come to rest');
}

function texts(values: Iterable<string>): string {
  return [...values].join('\n');
}

function everything(world: World): string {
  const issues = [...world.issues.values()].map(({ fields, comments }) =>
    [JSON.stringify(fields), ...comments.map(({ body }) => body)].join('\n').replace(/\\n/g, '\n'),
  );
  return [texts(world.head.files.values()), ...issues].join('\n');
}

function check(run: Run): void {
  const { people, policy, passedOver } = run;
  const { world, tokens } = people;
  // What a policy passes over between our reading and our writing stays in what the host remembers.
  const isRuled = Object.values(policy.fields).some((each) => each !== 'ask');
  const remembered = isRuled
    ? JSON.stringify(
        [...world.issues.values()].map(({ bodies, titles, milestones }) => [
          bodies,
          titles,
          milestones,
        ]),
      ).replace(/\\n/g, '\n')
    : '';
  const found = tokensIn([everything(world), ...passedOver, remembered].join('\n'));
  const lost = [...tokens.alive].filter((word) => !found.has(word));
  assert.deepEqual(lost, [], `lost edits: ${lost.join(' ')} of\n${everything(world)}`);

  const living = [...world.issues.values()].filter(({ gone }) => gone === null);
  const markers = living.flatMap((issue) => [
    ...issue.markers,
    ...issue.comments.flatMap(({ body, markers: own = [] }) => [...own, ...markersIn(body)]),
  ]);
  assert.equal(new Set(markers).size, markers.length, 'an intent was carried out twice');

  const files = [...world.head.files].map(([path, text]) => ({ path, file: readFile(path, text) }));
  for (const [number, record] of world.records) {
    const host = readIssue(world, number);
    if (host.kind !== 'issue') {
      assert.notEqual(record.tombstone, null, `#${number} is gone`);
      continue;
    }
    assert.deepEqual(changedFields(record.host, host.fields), [], `#${number} is not settled`);
    if (record.path === null) continue;
    const { file } = files.find(({ path }) => path === record.path) ?? {};
    assert.ok(file, `#${number} has no file at ${record.path}`);
    assert.equal(file.link?.number, number);
    assert.deepEqual(
      changedFields(record.file, file.fields),
      [],
      `the file of #${number} is not settled`,
    );
    const differ = changedFields(file.fields, host.fields);
    for (const name of differ) assert.ok(record.questions[name], `#${number} ${name} differs`);
    for (const name of ['labels', 'assignees', 'state', 'reason'] as const) {
      assert.notEqual(record.questions[name]?.kind, 'conflict', `${name} is never in conflict`);
    }
    for (const name of ['title', 'body', 'milestone'] as const) {
      if (policy.fields[name] !== 'ask' && record.questions[name]?.kind === 'conflict') {
        assert.fail(`${name} asks although its policy is ${policy.fields[name]}`);
      }
    }
    // One that was emptied in the file waits: the host takes none without a text.
    const emptied = new Set(file.comments.flatMap(({ id, body }) => (body === '' ? [id] : [])));
    assert.deepEqual(
      file.comments
        .filter(({ id }) => record.comments.some((each) => each.id === id))
        .map(({ id, body }) => [id, body]),
      record.comments.map(({ id, body }) => [id, emptied.has(id) ? '' : body]),
    );
    assert.deepEqual(file.newComments, []);
  }
  for (const [number, issue] of world.issues) {
    if (issue.gone === null) assert.ok(world.records.has(number), `#${number} has no record`);
  }
  for (const { path, file } of files) {
    if (file !== null) assert.ok(file.link, `${path} has no issue`);
  }
  assert.doesNotMatch(texts(world.head.files.values()), /^<<<<<<< file$/m);

  const replayed = replayTrail(world.trail, shortHash);
  assert.deepEqual(replayed.faults, []);
  const records = [...world.records].map(
    ([number, record]) => [recordPath(number), printRecord(record)] as const,
  );
  assert.deepEqual(replayed.files, new Map(records));
}
