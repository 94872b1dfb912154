/** The policy of a repository: its own words over its organisation's, and every fault with its place. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createPolicyBook } from '../../../src/config/policy-book.js';
import { automations, bucketOf, stagedOut } from '../../../src/domain/repository/automations.js';
import { layer } from '../../../src/domain/repository/layer-policy.js';

const server = {
  file: '/etc/sluice.yaml',
  repository: {
    enable: { staleBranches: { percent: 10 } },
    protection: { main: { requiredChecks: ['build'], requiredApprovals: 2 } },
  },
};
const book = createPolicyBook(server);
const acme = { owner: 'acme', name: 'shop' };

describe('the policy of a repository', () => {
  it('is the organisation’s where the repository says nothing', () => {
    for (const text of [null, '', 'apiVersion: sluice/v1\n', 'repository:\n']) {
      const { policy, faults } = book.read(text);
      assert.deepEqual(faults, []);
      assert.equal(policy?.protection.main?.requiredApprovals, 2);
      assert.deepEqual(policy?.enable, { staleBranches: { percent: 10, repositories: [] } });
    }
  });

  it('joins mappings, and takes lists whole from the repository', () => {
    const { policy } = book.read(
      'repository:\n  protection:\n    main: {requiredChecks: [unit, lint]}\n    develop: {}\n',
    );
    assert.deepEqual(policy?.protection.main?.requiredChecks, ['unit', 'lint']);
    assert.equal(policy?.protection.main?.requiredApprovals, 2);
    assert.ok(policy?.protection.develop);
  });

  it('changes its version with its content alone', () => {
    const { version } = book.read(null);
    assert.equal(book.read('# nothing\n').version, version);
    assert.notEqual(book.read('repository: {enable: {autoMerge: false}}').version, version);
  });

  it('is none while anything is wrong, and every fault has its place', () => {
    const text =
      'repository:\n  protection:\n    main:\n      requiredApprovals: 9\n  enabel: {}\n';
    const { policy, faults } = book.read(text);
    assert.equal(policy, null);
    assert.deepEqual(
      faults.map(({ file, line, column }) => [file, line, column]),
      [
        ['sluice.yaml', 4, 7],
        ['sluice.yaml', 5, 3],
      ],
    );
    assert.match(faults[1]?.message ?? '', /repository\.enabel: unknown key.*"enable"/);
  });

  it('tells bad YAML and a misnamed section by line', () => {
    assert.equal(book.read('repository: {enable: {autoMerge: }').faults[0]?.file, 'sluice.yaml');
    const [fault] = book.read('apiVersion: sluice/v1\nrepositroy: {}\n').faults;
    assert.equal(fault?.line, 2);
    assert.match(fault.message, /did you mean "repository"/);
  });

  it('names the server’s file where the fault is the organisation’s', () => {
    const bad = createPolicyBook({ file: '/etc/sluice.yaml', repository: { protection: 3 } });
    assert.equal(bad.read('repository: {enable: {}}').faults[0]?.file, '/etc/sluice.yaml');
  });

  it('gives the same version for the same text, whatever it is, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        assert.deepEqual(book.read(text), book.read(text));
      }),
    );
  });
});

describe('one policy over another', () => {
  it('keeps what only one of them says', () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(json, json, (below, above) => {
        const merged = layer(below, above) as Record<string, unknown>;
        assert.deepEqual(layer(below, {}), layer(below, undefined));
        for (const key of Object.keys(merged)) {
          if (!Object.hasOwn(above, key)) assert.deepEqual(merged[key], below[key]);
          if (!Object.hasOwn(below, key)) assert.deepEqual(merged[key], above[key]);
        }
      }),
    );
  });

  it('takes no prototype from a key', () => {
    const above = JSON.parse('{"__proto__": {"polluted": true}}') as unknown;
    const merged = layer({ a: 1 }, above) as Record<string, unknown>;
    assert.equal(merged.polluted, undefined);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('staged enablement', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => ({ owner: 'acme', name: `repo-${n}` }));
  const share = (percent: number) =>
    many.filter((each) => stagedOut('staleBranches', each, { percent, repositories: [] }) === null);

  it('takes about the share it says, none at 0 and all at 100', () => {
    assert.equal(share(0).length, 0);
    assert.equal(share(100).length, many.length);
    for (const percent of [5, 10, 50, 90]) {
      const got = (share(percent).length / many.length) * 100;
      assert.ok(Math.abs(got - percent) < 2.5, `${percent} % became ${got} %`);
    }
  });

  it('keeps whoever was in when the share grows', () => {
    const later = new Set(share(30));
    assert.ok(share(10).every((each) => later.has(each)));
  });

  it('lets not the same repositories go first with everything', () => {
    const first = automations.map((each) => many.filter((key) => bucketOf(each, key) < 10));
    const always = many.filter((key) => first.every((list) => list.includes(key)));
    assert.equal(always.length, 0);
  });

  it('does not mind letters’ case, and heeds lists and switches', () => {
    const shouting = { owner: 'ACME', name: 'Shop' };
    assert.equal(bucketOf('autoMerge', acme), bucketOf('autoMerge', shouting));
    const listed = { percent: 0, repositories: ['Acme/SHOP'] };
    assert.equal(stagedOut('autoMerge', acme, listed), null);
    assert.match(stagedOut('autoMerge', acme, false) ?? '', /switched off/);
    assert.equal(stagedOut('autoMerge', acme, true), null);
    assert.equal(stagedOut('autoMerge', acme, undefined), null);
  });
});
