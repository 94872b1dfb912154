/** What starts a release: each kind of trigger against events, its versions and its digests. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { versionPattern } from '../../../src/domain/names.js';
import {
  matches,
  slug,
  versionOfCommit,
  versionOfTag,
  wantedReleases,
} from '../../../src/domain/trigger/match.js';
import { triggerSchema } from '../../../src/domain/trigger/schema.js';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';

const repository = { owner: 'acme', name: 'shop' };
const actor = { login: 'ann', kind: 'person' } as const;
const told = { repository, actor, atMs: 1, delivery: 'd-1' };
const sha = 'a'.repeat(40);
const digest = `sha256:${'d'.repeat(64)}`;
const file = { file: 'artifact.txt' };

function wanted(event: RepositoryEvent, ...triggers: readonly object[]) {
  const parsed = triggers.map((each) => triggerSchema.parse({ service: 'checkout', ...each }));
  return wantedReleases(event, parsed, 'main');
}

const tag = (name: string, action: 'created' | 'updated' | 'deleted' = 'created') =>
  ({ ...told, kind: 'tag', action, tag: name, before: null, after: sha }) as const;
const release = (change: object = {}): RepositoryEvent => ({
  ...{ ...told, kind: 'release', action: 'published', releaseId: 1, tag: 'v1.2.0', target: 'main' },
  ...{ isDraft: false, isPrerelease: false, assets: [{ name: 'app-1.2.0.tgz', digest }] },
  ...change,
});
const push = (branch: string, after: string | null = sha): RepositoryEvent => ({
  ...{ ...told, kind: 'push', action: 'updated', branch, before: null, after },
  ...{ isForced: false, isDefaultBranch: branch === 'main' },
});
const pull = (change: object = {}): RepositoryEvent => ({
  ...{ ...told, kind: 'pull', action: 'synchronize', number: 7, title: 'x', author: actor },
  ...{ state: 'open', isMerged: false, isDraft: false, mergeSha: null, previousBase: null },
  ...{ head: { ref: 'topic', sha, repository }, base: { ref: 'main', sha } },
  ...{ labels: ['preview'], label: null },
  ...change,
});
const dispatch = (payload: Readonly<Record<string, string>>): RepositoryEvent => ({
  ...{ ...told, kind: 'dispatch', source: 'repository', name: 'deploy', ref: 'main', payload },
});

describe('triggers', () => {
  it('by tag: one that is new and fits', () => {
    const [found] = wanted(tag('v1.2.0'), { on: 'tag', digest: file });
    assert.deepEqual(found, {
      ...{ service: 'checkout', from: null, requestedBy: 'ann', reason: 'tag v1.2.0' },
      version: { kind: 'known', version: '1.2.0' },
      digest: { kind: 'file', path: 'artifact.txt' },
      commit: 'refs/tags/v1.2.0',
    });
    assert.deepEqual(wanted(tag('v1.2.0', 'updated'), { on: 'tag', digest: file }), []);
    assert.deepEqual(wanted(tag('v1.2.0', 'deleted'), { on: 'tag', digest: file }), []);
    assert.deepEqual(wanted(tag('nightly'), { on: 'tag', digest: file }), []);
    assert.ok('unfit' in (wanted(tag('vista'), { on: 'tag', digest: file })[0] ?? {}));
  });

  it('by release: published, with the digest of an asset', () => {
    const trigger = { on: 'release', digest: { asset: 'app-{version}.tgz' } };
    const [found] = wanted(release(), trigger);
    assert.deepEqual(found && 'digest' in found && found.digest, { kind: 'known', digest });
    assert.deepEqual(wanted(release({ isDraft: true }), trigger), []);
    assert.deepEqual(wanted(release({ action: 'edited' }), trigger), []);
    assert.deepEqual(wanted(release({ isPrerelease: true }), trigger), []);
    assert.equal(
      wanted(release({ isPrerelease: true }), { ...trigger, prereleases: true }).length,
      1,
    );
    for (const assets of [[], [{ name: 'app-1.2.0.tgz', digest: null }]]) {
      assert.ok('unfit' in (wanted(release({ assets }), trigger)[0] ?? {}));
    }
  });

  it('by push: to the default branch, or to those named', () => {
    const count = (branch: string, trigger: object) =>
      wanted(push(branch), { on: 'push', digest: file, ...trigger }).length;
    assert.equal(count('main', {}), 1);
    assert.equal(count('topic', {}), 0);
    assert.equal(count('release/7', { branches: 'release/*' }), 1);
    assert.deepEqual(wanted(push('main', null), { on: 'push', digest: file }), []);
  });

  it('by pull request: of this repository and with the label', () => {
    const trigger = { on: 'pull', label: 'preview', digest: file };
    assert.equal(wanted(pull(), trigger).length, 1);
    assert.equal(wanted(pull({ labels: [] }), trigger).length, 0);
    assert.equal(wanted(pull({ action: 'edited' }), trigger).length, 0);
    assert.equal(wanted(pull({ state: 'closed', action: 'closed' }), trigger).length, 0);
    assert.equal(wanted(pull({ action: 'labeled', label: 'other' }), trigger).length, 0);
    const eve = { owner: 'eve', name: 'shop' };
    assert.equal(wanted(pull({ head: { ref: 'x', sha, repository: eve } }), trigger).length, 0);
    assert.equal(wanted(pull({ head: { ref: 'x', sha, repository: null } }), trigger).length, 0);
  });

  it('by dispatch: version, digest and environment out of its payload', () => {
    const trigger = { on: 'dispatch', name: 'deploy', from: 'staging' };
    const [found] = wanted(
      dispatch({ version: '1.0.0', digest, environment: 'production' }),
      trigger,
    );
    assert.ok(found && 'from' in found);
    assert.deepEqual(
      [found.from, found.version],
      ['production', { kind: 'known', version: '1.0.0' }],
    );
    const [usual] = wanted(dispatch({ version: '1.0.0', digest }), trigger);
    assert.equal(usual && 'from' in usual && usual.from, 'staging');
    assert.ok('unfit' in (wanted(dispatch({ digest }), trigger)[0] ?? {}));
    assert.deepEqual(wanted(dispatch({}), { ...trigger, name: 'other' }), []);
  });

  it('several at once: each its own', () => {
    const both = [
      { on: 'tag', digest: file },
      { on: 'tag', service: 'catalog', digest: file },
    ];
    assert.deepEqual(
      wanted(tag('v1.0.0'), ...both).map(({ service }) => service),
      ['checkout', 'catalog'],
    );
  });
});

describe('versions of triggered releases', () => {
  it('stand at the end of a tag', () => {
    const known: Readonly<Record<string, string | null>> = {
      'v1.2.0': '1.2.0',
      '1.2.0': '1.2.0',
      'checkout-v1.2.0': '1.2.0',
      'checkout@1.2.0-rc.1': '1.2.0-rc.1',
      'shop/v10.20.30': '10.20.30',
      v1: null,
      'v1.2': null,
      'x1.2.3': null,
      nightly: null,
    };
    for (const [name, version] of Object.entries(known))
      assert.equal(versionOfTag(name), version, name);
  });

  it('of commits are versions, grow with time and are always the same', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
    const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), hex, time, time, (branch, commit, a, b) => {
        const version = versionOfCommit(slug(branch), commit, a);
        assert.match(version, versionPattern);
        assert.equal(version, versionOfCommit(slug(branch), commit, a));
        const [, at] = /\.(\d{14})\.g/.exec(version) ?? [];
        const [, later] = /\.(\d{14})\.g/.exec(versionOfCommit('x', commit, Math.max(a, b))) ?? [];
        assert.ok(Number(at) <= Number(later));
      }),
    );
  });
});

describe('globs of names', () => {
  it('are what a regular expression of the same meaning says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(glob, text, (pattern, name) => {
        const same = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
        assert.equal(matches(pattern, name), new RegExp(`^${same}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
  });
});
