/** Edits on both sides at once among crashes and lost webhooks: both sides become the same, no word is lost, nothing is made twice. */
import assert from 'node:assert/strict';
import { canonicalFields, changedFields } from '../../src/domain/issue-sync/canon.js';
import { parseIssueFile } from '../../src/domain/issue-sync/issue-file.js';
import type { Item } from '../../src/github-standin/state.js';
import { crashRuns, crashSeed, loseResults, type LostResults } from '../support/lost-results.js';
import { drawsOf, type Draw, type People, peopleOf } from '../support/sync-people.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

// `SLUICE_TEST_FULL` asks for the full count.
const runs = crashRuns({ change: 20, full: 500 });
const atOnce = 6;
const seed = crashSeed();
/** A full run goes on and counts them. */
const mostFaults = process.env.SLUICE_TEST_FULL === undefined ? 5 : runs;
/** So many passes are enough, whatever was lost on the way. */
const mostPasses = 8;

describe(`${runs} histories of issues and files among crashes (seed ${seed})`, function () {
  this.timeout(120_000 + runs * 30_000);
  let syncing: SyncingUnderTest;
  let losses: LostResults;

  before(async () => {
    const only = ['planSync', 'writeSyncedIssues', 'commitSyncedIssues', 'checkSyncConflicts'];
    losses = loseResults({ seed, share: 0.3, only });
    syncing = await startSyncing({ losing: losses });
  });
  after(() => syncing.stop());

  async function live(run: number): Promise<void> {
    const draw = drawsOf(seed, run);
    const rewritten = draw() < 0.5 ? 'edit' : 'github';
    const body = draw() < 0.5 ? 'ask' : 'both-as-comment';
    const mode = draw() < 0.5 ? 'push' : 'api';
    const repository = await syncing.repository({
      sync: {
        ...{ mode, rewritten, fields: { body }, onFileDeleted: 'restore' },
        guard: { issues: 1_000, share: '100%' },
      },
      files: { 'issues/a.md': '---\ntitle: A\n---\none\ntwo\nthree\nfour\nfive\n' },
    });
    const { control } = syncing.github;
    await control.createIssue(repository.key, { title: 'B', body: 'one\ntwo\nthree\nfour\nfive' });
    await repository.begin();
    const people = peopleOf(syncing, repository, draw, rewritten);
    const edits = 2 + Math.floor(draw() * 5);
    for (let edit = 0; edit < edits; edit += 1) {
      const event = await people.edit();
      await hear(repository, event, draw);
    }
    await settle(repository);
    await check(repository, people);
  }

  /** Lost, told once or told twice; an answer of the host may be lost as well. */
  async function hear(repository: SyncedRepository, event: object, draw: Draw): Promise<void> {
    const times = Math.floor(draw() * 3);
    for (let n = 0; n < times; n += 1) await repository.hear(event);
    if (draw() < 0.15) {
      const operation = draw() < 0.5 ? 'git/push' : '*';
      syncing.github.control.fault({ operation, kind: 'errorAfterEffect', status: 502 });
    }
  }

  /** Until a pass finds nothing to do on either side. */
  async function settle(repository: SyncedRepository): Promise<void> {
    for (let passes = 1; ; passes += 1) {
      const before = stateOf(repository);
      const view = await repository.pass({ full: true });
      if (view.trouble === null && before === stateOf(repository)) return;
      assert.ok(passes < mostPasses, `it does not settle: ${JSON.stringify(view)}`);
    }
  }

  function stateOf(repository: SyncedRepository): string {
    const items = repository
      .issues()
      .map(({ title, body, state, labels, comments }) => [
        ...[title, body, state, labels],
        comments.map((comment) => comment.body),
      ]);
    return JSON.stringify([repository.head(), repository.head('refs/sync/issues'), items]);
  }

  async function check(
    repository: SyncedRepository,
    { words, taken, gone, isForced }: People,
  ): Promise<void> {
    const { key } = repository;
    const { waits } = await repository.view();
    const open = new Set(waits.map(({ number }) => number));
    const paths = await repository.files();
    const head = repository.head() ?? '';
    const texts = await syncing.github.issueTree.readFiles(key, head, paths);
    const byNumber = new Map<number, { path: string; text: string }>();
    for (const [path, text] of texts) {
      const reading = parseIssueFile(path, text ?? '');
      assert.equal(reading.kind, 'file', `${path}: ${JSON.stringify(reading)}`);
      const number = reading.kind === 'file' ? reading.file.link?.number : undefined;
      assert.ok(number !== undefined, `${path} has no issue`);
      assert.ok(!byNumber.has(number), `two files of #${number}`);
      byNumber.set(number, { path, text: text ?? '' });
    }
    const issues = repository.issues();
    const titles = words.filter(({ kind }) => kind === 'title');
    const meant = 2 + titles.length - gone();
    // Whoever forced the branch back may have taken a file away before it became an issue.
    const least = meant - titles.filter(({ word }) => taken.has(word)).length;
    // A file that lost its link becomes another issue where its own is gone.
    const most = meant + (isForced() ? gone() : 0);
    const seen = `${issues.length} issues, ${least} to ${most} were meant`;
    assert.ok(issues.length <= most && issues.length >= least, seen);
    const there = new Set(issues.map(({ number }) => number));
    const live = [...byNumber].filter(
      ([number, { path }]) =>
        there.has(number) || !(path.includes('/archive/') || open.has(number)),
    );
    assert.deepEqual(
      live.map(([number]) => number).sort((a, b) => a - b),
      issues.map(({ number }) => number).sort((a, b) => a - b),
      'one file for each issue',
    );
    for (const issue of issues) {
      const file = byNumber.get(issue.number);
      const reading = parseIssueFile(file?.path ?? '', file?.text ?? '');
      if (reading.kind !== 'file' || open.has(issue.number)) continue;
      const fields = changedFields(reading.file.fields, fieldsOf(issue));
      assert.deepEqual(fields, [], `#${issue.number}: ${JSON.stringify([file, issue.body])}`);
      assert.deepEqual(reading.file.newComments, []);
    }
    for (const { word, kind, of } of words) {
      const comments = issues.flatMap((issue) => issue.comments.map((each) => each.body));
      const places = [
        ...issues.flatMap(({ title, body, labels }) => [title, body ?? '', labels.join('\n')]),
        ...comments,
        ...[...byNumber.values()].map(({ text }) => text),
      ];
      assert.ok(
        taken.has(word) || places.some((place) => place.includes(word)),
        `${word} of ${of} is lost`,
      );
      if (kind === 'title') {
        const made = issues.filter(({ title }) => title === word);
        const fits = made.length === 1 || (made.length === 0 && taken.has(word));
        assert.ok(fits, `${word} is there ${made.length} times`);
      }
      if (kind === 'comment') {
        const posted = comments.filter((text) => text.split('\n').includes(word));
        // Of an issue that is gone nothing is posted: it waits in the file, and a person is told.
        const waits = [...byNumber].some(
          ([number, { text }]) => text.includes(word) && !there.has(number) && open.has(number),
        );
        const fits = posted.length === 1 || (posted.length === 0 && (taken.has(word) || waits));
        assert.ok(fits, `${word} was posted ${posted.length} times`);
      }
    }
  }

  const fieldsOf = ({ title, body, state, stateReason, labels, assignees }: Item) =>
    canonicalFields({
      ...{ title, body: body ?? '', state, milestone: null },
      reason: stateReason === 'reopened' ? null : stateReason,
      labels: labels.filter((label) => label !== 'sync:conflict'),
      assignees: assignees.map(({ login }) => login),
    });

  it('end the same on both sides, with every word and each thing once', async () => {
    const only = process.env.SLUICE_CRASH_ONLY;
    const due = only === undefined ? Array.from({ length: runs }, (_, run) => run) : [Number(only)];
    const faults: string[] = [];
    const fromMs = Date.now();
    const worker = async () => {
      for (let run = due.shift(); run !== undefined; run = due.shift()) {
        await live(run).catch((error: Error) => {
          faults.push(`run ${run}: ${error.message}`);
          if (process.env.SLUICE_TEST_LOG === '1') process.stderr.write(`${faults.at(-1)}\n`);
          if (faults.length > mostFaults) due.length = 0;
        });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const counts = { seed, histories: only === undefined ? runs : 1, failed: faults.length };
    const tookS = Math.round((Date.now() - fromMs) / 1000);
    console.log(
      `      ${JSON.stringify({ ...counts, tookS, lost: Object.fromEntries(losses.lost) })}`,
    );
    assert.deepEqual(faults, [], `seed ${seed}`);
    const lost = [...losses.lost.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(only !== undefined || lost >= runs / 2, `${lost} results were lost`);
  });
});
