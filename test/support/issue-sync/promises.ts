/** What must hold of a sync when nobody acts any more: no edit is lost, both sides are the same, and nothing is there twice. */
import assert from 'node:assert/strict';
import { replayTrail } from '../../../src/domain/issue-sync/audit.js';
import { canonicalFields, changedFields, markersIn } from '../../../src/domain/issue-sync/canon.js';
import { digestOf } from '../../../src/domain/issue-sync/digest.js';
import { conflictLabel } from '../../../src/domain/issue-sync/hear.js';
import { leftOverMarker } from '../../../src/domain/issue-sync/merge-body.js';
import { printRecord, recordPath } from '../../../src/domain/issue-sync/record.js';
import type { IssueFields } from '../../../src/domain/issue-sync/shapes.js';
import { readFile } from './pass.js';
import { recordsOf, trailOf } from './records.js';
import { everything, type Run } from './run.js';
import { tokensIn } from './tokens.js';
import { headOf, main } from './tree.js';
import { readIssue } from './world.js';

/** @throws AssertionError */
export function check(run: Run): void {
  nothingIsLost(run);
  nothingIsThereTwice(run);
  sidesAreTheSame(run);
  trailIsWhole(run);
}

function nothingIsLost(run: Run): void {
  const { tokens, world } = run.people;
  const { fields: policies } = run.desk.policy;
  const { repository } = world;
  const here = everything(run);
  const branches = [...repository.refs].filter(
    ([ref]) => ref !== main && ref !== 'refs/sync/issues',
  );
  const waiting = branches.flatMap(([, sha]) => [
    ...(repository.commits.get(sha)?.files.values() ?? []),
  ]);
  const found = tokensIn([here, ...waiting].join('\n'));
  const lost = [...tokens.alive].filter((word) => !found.has(word));
  // What a policy passes over stays in the past of the branch, at the host or in the record of what was done.
  const past = tokensIn(
    [
      ...repository.past.flatMap(({ files }) => [...files.values()]),
      ...[...world.issues.values()].map(({ bodies, titles, milestones }) =>
        JSON.stringify([bodies, titles, milestones]).replace(/\\n/g, '\n'),
      ),
      ...world.ledger.map((line) => line.replace(/\\n/g, '\n')),
    ].join('\n'),
  );
  const unruled = lost.filter((word) => {
    const of = tokens.kinds.get(word);
    const isRuled =
      (of === 'title' || of === 'body' || of === 'milestone') && policies[of] !== 'ask';
    return !isRuled || !past.has(word);
  });
  assert.deepEqual(unruled, [], `lost edits: ${unruled.join(' ')} of\n${here}`);
}

function nothingIsThereTwice({ people: { world } }: Run): void {
  const living = [...world.issues.values()].filter(({ gone }) => gone === null);
  const markers = living.flatMap((issue) => [
    ...issue.markers,
    ...issue.comments.flatMap(({ body, markers: own = [] }) => [...own, ...markersIn(body)]),
  ]);
  assert.equal(new Set(markers).size, markers.length, 'an intent was carried out twice');
}

function withoutOurs(fields: IssueFields): IssueFields {
  const labels = fields.labels.filter((label) => label !== conflictLabel);
  return canonicalFields({ ...fields, labels });
}

function sidesAreTheSame({ people, desk: { policy, waits } }: Run): void {
  const { world } = people;
  const records = recordsOf(world);
  const files = [...headOf(world.repository).files]
    .filter(([path]) => path.startsWith('issues/'))
    .map(([path, text]) => ({ path, file: readFile(path, text) }));
  const unread = [...headOf(world.repository).files].flatMap(([path, text]) =>
    readFile(path, text) === null && leftOverMarker(text) !== null ? [text] : [],
  );
  for (const [number, record] of records) {
    const host = readIssue(world, number);
    const { file } = files.find(({ path }) => path === record.path) ?? {};
    // Merged with markers in its title, it cannot be read before somebody takes them away, wherever it lies: all of it waits.
    if (!file && unread.some((text) => text.includes(`number: ${number},`))) continue;
    if (host.kind !== 'issue') {
      assert.notEqual(record.tombstone, null, `#${number} is gone`);
      continue;
    }
    const atHost = withoutOurs(host.fields);
    assert.deepEqual(changedFields(record.host, atHost), [], `#${number} is not settled`);
    if (record.path === null) continue;
    assert.ok(file, `#${number} has no file at ${record.path}`);
    assert.equal(file.link?.number, number);
    const unsettled = changedFields(record.file, file.fields);
    assert.deepEqual(unsettled, [], `the file of #${number} is not settled`);
    const differ = changedFields(file.fields, atHost);
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
    if (issue.gone === null) assert.ok(records.has(number), `#${number} has no record`);
  }
  const told = new Set(
    waits.flatMap(({ kind, path, reason }) =>
      kind === 'conflict' || reason.includes('markers of a conflict') ? [path] : [],
    ),
  );
  for (const [path, text] of headOf(world.repository).files) {
    // Somebody may have merged them; then it is said that they are left.
    const isLeft = leftOverMarker(text) !== null;
    assert.ok(!isLeft || told.has(path), `${path} has markers, and nobody is told`);
  }
  for (const { path, file } of files) {
    // What was archived before it was an issue is over, and becomes none.
    if (path.startsWith('issues/archive/')) continue;
    // With markers in it, it becomes one once they are taken away; that they are left is told, as was looked for above.
    if (leftOverMarker(headOf(world.repository).files.get(path) ?? '') !== null) continue;
    if (file !== null) assert.ok(file.link, `${path} has no issue`);
  }
}

function trailIsWhole({ people: { world } }: Run): void {
  const replayed = replayTrail(trailOf(world), digestOf);
  assert.deepEqual(replayed.faults, []);
  const records = [...recordsOf(world)].map(
    ([number, record]) => [recordPath(number), printRecord(record)] as const,
  );
  assert.deepEqual(replayed.files, new Map(records));
}
