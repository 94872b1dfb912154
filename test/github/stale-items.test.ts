/** The story of stale issues and pull requests on a real Temporal server and the stand-in GitHub, through the real adapter. */
import assert from 'node:assert/strict';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { by, createOperator, refusal } from '../support/operator.js';
import { aDayMs, type ItemsUnderTest, startItems } from '../support/stale-items.js';
import { justAfterMs } from '../support/virtual-time.js';

const bot = { login: 'renovate[bot]', kind: 'bot' } as const;

describe('stale items', function () {
  this.timeout(120_000);
  let world: ItemsUnderTest;

  before(async () => {
    world = await startItems();
  });
  after(() => world?.stop());

  const kept = (repository: RepositoryKey, number: number) =>
    world.github.control.item(repository, number);
  const words = (repository: RepositoryKey, number: number) =>
    kept(repository, number).comments.map(({ body }) => body);
  const labels = (repository: RepositoryKey, number: number) => kept(repository, number).labels;

  /** A repository with one issue of so many days ago that is marked now. */
  async function marked(policy: object = {}, daysAgo = 61) {
    const repository = await world.repository(policy);
    const [number = 0] = await world.oldIssues(repository, [{ daysAgo }]);
    await world.sweep(repository);
    const item = world.item(repository, number);
    const closesAtMs = await item.marked();
    return { repository, number, item, closesAtMs };
  }

  it('marks after 60 days, longest quiet first, and closes 7 days later with its reason', async () => {
    const repository = await world.repository({});
    const [young = 0, old = 0, older = 0] = await world.oldIssues(repository, [
      { daysAgo: 59 },
      { daysAgo: 61 },
      { daysAgo: 80 },
    ]);
    const pass = await world.sweep(repository);
    assert.deepEqual(
      pass.plan.map(({ number, decision }) => [number, decision.kind]),
      [
        [older, 'mark'],
        [old, 'mark'],
      ],
    );
    const [first, second] = pass.plan.map(({ slotAtMs }) => slotAtMs ?? 0);
    assert.equal((second ?? 0) - (first ?? 0), 16_000);
    const item = world.item(repository, older);
    const closesAtMs = await item.marked();
    assert.deepEqual(labels(repository, older), ['Stale']);
    assert.match(words(repository, older).join(), /no activity for 60 days/);
    assert.match(words(repository, older).join(), /<!-- sluice:stale-item\/\d+\/mark-\d+ -->/);
    const days = (closesAtMs - item.nowMs()) / aDayMs;
    assert.ok(days > 6.99 && days <= 7.0001, `${days} days`);
    assert.deepEqual(labels(repository, young), []);

    await item.moveTo(closesAtMs - 60_000);
    assert.equal(kept(repository, older).state, 'open');
    await item.moveTo(closesAtMs + justAfterMs);
    assert.equal((await item.result()).outcome, 'closed');
    assert.equal(kept(repository, older).state, 'closed');
    assert.equal(kept(repository, older).stateReason, 'not_planned');
    assert.equal(words(repository, older).length, 2);
    const events = await world.engine.ports.ledger.read({ subject: item.id, limit: 10 });
    assert.deepEqual(events.map(({ kind }) => kind).toSorted(), ['itemClosed', 'itemMarked']);
    const closed = events.find(({ kind }) => kind === 'itemClosed');
    assert.deepEqual(closed?.data.before, { state: 'open', labels: ['Stale'] });
  });

  const wakes: readonly [string, object][] = [
    ['a comment', { kind: 'comment', action: 'created', isPull: false }],
    ['an edited text', { kind: 'issue', action: 'edited' }],
    ['a review', { kind: 'review', action: 'submitted' }],
    ['a push', { kind: 'pull', action: 'synchronize' }],
  ];
  for (const [what, event] of wakes) {
    it(`takes the mark off within seconds of ${what} by a person`, async () => {
      const { repository, number, item } = await marked();
      const actedAt = performance.now();
      await item.hear(event as Parameters<typeof item.hear>[0]);
      const end = await item.result();
      assert.ok(performance.now() - actedAt < 10_000);
      assert.equal(end.outcome, 'unmarked');
      assert.match(end.reason, /by bob/);
      assert.deepEqual(labels(repository, number), []);
      assert.equal(kept(repository, number).state, 'open');
    });
  }

  it('sees before it closes what nobody told it of', async () => {
    const { repository, number, item, closesAtMs } = await marked();
    await item.moveTo(closesAtMs - aDayMs);
    await world.github.control.comment(repository, number, 'still broken', 'bob');
    await item.moveTo(closesAtMs + justAfterMs);
    const end = await item.result();
    assert.deepEqual([end.outcome, kept(repository, number).state], ['unmarked', 'open']);
    assert.match(end.reason, /comment by bob/);
  });

  it('is moved by no bot, and not by its own words', async () => {
    const { repository, number, item, closesAtMs } = await marked();
    await item.moveTo(closesAtMs - aDayMs);
    await world.github.control.comment(repository, number, 'beep', bot.login);
    await item.hear({ kind: 'comment', action: 'created', actor: bot });
    await world.github.control.label(repository, number, ['deps'], bot.login);
    await item.hear({ kind: 'issue', action: 'labeled', label: 'deps', actor: bot });
    await item.moveTo(closesAtMs + justAfterMs);
    assert.equal((await item.result()).outcome, 'closed');
  });

  it('takes the mark off what a bot exempts', async () => {
    const { repository, number, item } = await marked({ exempt: { labels: ['pinned'] } });
    await world.github.control.label(repository, number, ['pinned'], bot.login);
    await item.hear({ kind: 'issue', action: 'labeled', label: 'pinned', actor: bot });
    const end = await item.result();
    assert.match(end.reason, /it has the label pinned/);
    assert.deepEqual(labels(repository, number), ['pinned']);
  });

  it('ends when somebody takes the mark off or closes it', async () => {
    const off = await marked();
    await off.item.hear({ kind: 'issue', action: 'unlabeled', label: 'Stale' });
    assert.match((await off.item.result()).reason, /bob took the mark off/);
    const shut = await marked();
    await shut.item.hear({ kind: 'issue', action: 'closed' });
    assert.equal((await shut.item.result()).outcome, 'left');
  });

  it('delays the end where activity does not take the mark off', async () => {
    const { item, closesAtMs } = await marked({ removeWhenUpdated: false });
    await item.moveTo(closesAtMs - aDayMs);
    await item.hear({ kind: 'comment', action: 'created' });
    const later = await item.is(({ nextAtMs }) => nextAtMs !== null && nextAtMs > closesAtMs);
    assert.ok((later.nextAtMs ?? 0) - closesAtMs > 5.9 * aDayMs);
  });

  it('obeys people: keep, close, cancel', async () => {
    const one = await marked({ relabel: { addWhenUnmarked: ['active'] } });
    const tell = (item: typeof one.item, update: string, command: object = by) =>
      item.handle.executeUpdate(update, { args: [command] });
    assert.match(await refusal(tell(one.item, updateNames.keep, {})), /"actor" is missing/);
    await tell(one.item, updateNames.keep);
    assert.deepEqual(await one.item.result(), { outcome: 'unmarked', reason: 'because' });
    assert.deepEqual(labels(one.repository, one.number), ['active']);
    const two = await marked();
    await tell(two.item, updateNames.close);
    assert.equal((await two.item.result()).reason, 'because by ann');
    assert.equal(kept(two.repository, two.number).state, 'closed');
    const three = await marked();
    await tell(three.item, updateNames.cancel);
    assert.equal((await three.item.result()).outcome, 'left');
    assert.deepEqual(labels(three.repository, three.number), ['Stale']);
  });

  it('plans the same and writes nothing in a dry run', async () => {
    const repository = await world.repository({ exempt: { labels: ['pinned'] } });
    await world.oldIssues(repository, [
      { daysAgo: 90 },
      { daysAgo: 70 },
      { daysAgo: 65, labels: ['pinned'] },
      { daysAgo: 30 },
    ]);
    const [hand = 0] = await world.oldIssues(repository, [{ daysAgo: 20, labels: ['Stale'] }]);
    const writes = () =>
      world.github.control.writes().filter((one) => one.path.includes(`/${repository.name}/`))
        .length;
    const before = writes();
    const dry = await world.sweep(repository, { dryRun: true });
    assert.equal(writes(), before);
    const rows = ({ plan }: typeof dry) => plan.map(({ number }) => number);
    assert.deepEqual(dry.exempt, { 'it has the label pinned': 1 });
    assert.equal(dry.plan.find(({ number }) => number === hand)?.decision.kind, 'close');
    const real = await world.sweep(repository);
    assert.deepEqual(rows(real), rows(dry));
    await world.item(repository, real.plan[0]?.number ?? 0).is(({ stage }) => stage !== 'queued');
    assert.ok(writes() > before);
  });

  it('leaves alone what changed between the list and its turn', async () => {
    const repository = await world.repository({});
    const [, second = 0] = await world.oldIssues(repository, [{ daysAgo: 90 }, { daysAgo: 80 }]);
    await world.sweep(repository);
    await world.github.control.comment(repository, second, 'wait', 'bob');
    const item = world.item(repository, second);
    await item.moveTo(item.nowMs() + 60_000);
    assert.equal((await item.result()).outcome, 'left');
    assert.deepEqual(labels(repository, second), []);
  });

  it('adopts a mark that a person or an earlier tool put there', async () => {
    const repository = await world.repository({});
    const [number = 0] = await world.oldIssues(repository, [{ daysAgo: 8, labels: ['stale'] }]);
    await world.sweep(repository);
    assert.equal((await world.item(repository, number).result()).outcome, 'closed');
    assert.equal(words(repository, number).length, 1);
  });

  it('does nothing where the policy has faults, is off, or says nothing', async () => {
    const faulty = await world.repository({ after: 'soon' });
    await world.oldIssues(faulty, [{ daysAgo: 90 }]);
    assert.match((await world.sweep(faulty)).trouble ?? '', /faults/);
    const { item, closesAtMs, repository, number } = await marked();
    const policy = JSON.stringify({
      repository: { enable: { staleItems: false }, stale: { items: {} } },
    });
    await world.github.control.commit(repository, {
      branch: 'main',
      files: { 'sluice.yaml': policy },
    });
    assert.match((await world.sweep(repository)).trouble ?? '', /switched off/);
    await item.moveTo(closesAtMs + justAfterMs);
    assert.match((await item.result()).reason, /switched off/);
    assert.equal(kept(repository, number).state, 'open');
  });

  it('takes no error for silence: nothing is closed while comments cannot be read', async () => {
    const { repository, number, item, closesAtMs } = await marked();
    const { control } = world.github;
    await control.comment(repository, number, 'still here', 'bob');
    control.fault({
      operation: 'issues/list-comments',
      kind: 'errorBeforeEffect',
      status: 502,
      times: 3,
    });
    await item.moveTo(closesAtMs + justAfterMs);
    assert.equal((await item.result()).outcome, 'unmarked');
    assert.equal(kept(repository, number).state, 'open');
    control.clearFaults();
  });

  it('shows operators what it is doing, why and what next', async () => {
    const { repository, number, item } = await marked();
    const operator = createOperator(world.engine);
    const { attributes, staticSummary } = await operator.described(item.id);
    assert.equal(attributes.Phase, 'Holding');
    assert.equal(attributes.Repository, `acme/${repository.name}`);
    assert.ok(attributes.Deadline instanceof Date);
    assert.match(staticSummary ?? '', /stale issue acme/);
    const { currentDetails, definition } = await operator.metadata(item.id);
    assert.match(
      currentDetails,
      new RegExp(`\\*\\*marked\\*\\* · issue acme/${repository.name}\\\\#${number}`),
    );
    assert.match(currentDetails, /\*\*next\*\* on .*\*\*you can\*\* keep, close, cancel/s);
    const names = definition.updateDefinitions.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ['cancel', 'close', 'keep']);
  });
});
