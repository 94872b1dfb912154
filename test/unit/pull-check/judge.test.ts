/** What the checks say of the fifty pull requests of the fixture, and of texts made to mislead them. */
import assert from 'node:assert/strict';
import { judgePull } from '../../../src/domain/pull-check/judge.js';
import { sizes } from '../../../src/domain/pull-check/size.js';
import { factsOf, policyOf } from './pull-case.js';
import { pulls } from './pull-fixture.js';

describe('judgePull', () => {
  it('has a fixture of at least fifty pull requests, each with its own name', () => {
    assert.ok(pulls.length >= 50, `${pulls.length} pull requests`);
    assert.equal(new Set(pulls.map(({ name }) => name)).size, pulls.length);
  });

  for (const one of pulls) {
    it(one.name, () => {
      const { checks, labels } = judgePull(factsOf(one), policyOf(one.policy));
      const seen = Object.fromEntries(
        checks
          .filter(({ verdict }) => verdict !== 'passed')
          .map((each) => [each.name, each.verdict]),
      );
      const why = JSON.stringify(checks.flatMap(({ findings }) => findings));
      assert.deepEqual(seen, one.want ?? {}, why);
      const isSize = (label: string): boolean => sizes.some((size) => label === `size/${size}`);
      assert.deepEqual(
        labels.add.filter((label) => !isSize(label)).toSorted(),
        [...(one.adds ?? [])].toSorted(),
      );
      if (one.size !== undefined) assert.deepEqual(labels.add.filter(isSize), [`size/${one.size}`]);
      assert.deepEqual(labels.remove, one.removes ?? []);
      for (const { findings } of checks) {
        for (const { says, fix } of findings) assert.ok(says.length > 10 && fix.length > 10, says);
      }
    });
  }

  it('warns of what is only warned of, and leaves out what is off', () => {
    const policy = policyOf({ title: 'warn', commits: 'off' });
    const { checks } = judgePull(factsOf({ name: '', pull: { title: 'x' } }), policy);
    assert.equal(checks.find(({ name }) => name === 'title')?.verdict, 'warned');
    assert.ok(!checks.some(({ name }) => name === 'commits'));
  });

  it('looks at titles, sizes and breaks where nothing else is written', () => {
    const { checks } = judgePull(
      factsOf({ name: '' }),
      policyOf({
        ...{ size: undefined, labels: undefined, changelog: undefined, apiDocs: undefined },
        ...{ commits: undefined, breaking: undefined, template: undefined },
      }),
    );
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['title', 'size', 'breaking'],
    );
  });

  it('keeps within a hundred labels and never takes away what it puts on', () => {
    const labels = Array.from({ length: 99 }, (_, n) => `mine-${n}`);
    const files = ['src/api/a.ts', 'docs/api/a.md', 'CHANGELOG.md'];
    const full = judgePull(factsOf({ name: '', files, pull: { labels } }), policyOf());
    assert.equal(full.labels.add.length, 1);
    assert.deepEqual(full.labels.remove, []);
  });

  it('warns where another release tool would come to something else', () => {
    const policy = policyOf({ releaseTools: ['angular'] });
    const facts = factsOf({ name: '', pull: { title: 'feat!: a' } });
    const title = judgePull(facts, policy).checks.find(({ name }) => name === 'title');
    assert.match(title?.notes.join() ?? '', /semantic-release \(angular\) would release nothing/);
  });

  it('reads long hostile texts in time', () => {
    const long = [
      '<!--'.repeat(15_000),
      '```\n'.repeat(15_000),
      `- [ ] ${'~'.repeat(60_000)}`,
      `#${' '.repeat(60_000)}#`,
      `closes ${'a/'.repeat(30_000)}`,
      '[['.repeat(30_000),
      '\n'.repeat(60_000),
      `Revert "${' '.repeat(60_000)}`,
      `fix: ${'# '.repeat(30_000)}`,
      '1'.repeat(60_000),
      `*`.repeat(60_000),
    ];
    for (const body of long) {
      const startedAtMs = performance.now();
      judgePull(
        factsOf({
          name: '',
          pull: { body, title: body },
          commits: [body],
          changelog: { base: body, head: `## Unreleased\n${body}` },
          gitattributes: body,
        }),
        policyOf({ releaseTools: ['angular', 'conventionalcommits', 'release-please'] }),
      );
      const tookMs = performance.now() - startedAtMs;
      assert.ok(tookMs < 1000, `${tookMs} ms for ${body.slice(0, 10)}`);
    }
  });
});
