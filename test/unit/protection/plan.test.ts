/** Plans of branch protection: exact differences, readable lines, nothing left after applying, no loosening by itself. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { driftIssue, splitDrift } from '../../../src/domain/protection/drift.js';
import {
  describePlan,
  isSameProtection,
  loosens,
  planProtection,
  settingsOf,
} from '../../../src/domain/protection/plan.js';
import {
  type BranchProtection,
  branchProtectionSchema,
  type ProtectedBranch,
  protectedBranchSchema,
} from '../../../src/domain/protection/schema.js';

const wanted = (text: object = {}): ProtectedBranch => protectedBranchSchema.parse(text);
const real = (text: object = {}): BranchProtection => branchProtectionSchema.parse(text);

const arbitrary: fc.Arbitrary<BranchProtection> = fc.record({
  requiredChecks: fc.array(fc.constantFrom('ci', 'lint', 'e2e "full"', 'a, b'), { maxLength: 4 }),
  requireUpToDate: fc.boolean(),
  requiredApprovals: fc.integer({ min: 0, max: 6 }),
  dismissStaleApprovals: fc.boolean(),
  requireCodeOwners: fc.boolean(),
  requireLinearHistory: fc.boolean(),
  requireConversationResolution: fc.boolean(),
  enforceForAdmins: fc.boolean(),
  allowForcePushes: fc.boolean(),
  allowDeletions: fc.boolean(),
});

describe('plan of branch protection', () => {
  it('reads as a diff, branch by branch', () => {
    const plan = planProtection(
      {
        release: wanted({ requiredApprovals: 2, allowDeletions: true }),
        main: wanted({ requiredChecks: ['ci', 'lint'], requiredApprovals: 2 }),
        develop: wanted(),
      },
      {
        main: real({ requiredChecks: ['ci'], requiredApprovals: 1, allowForcePushes: true }),
        develop: real(),
        release: null,
        unwritten: real({ requiredApprovals: 6 }),
      },
    );
    assert.deepEqual(describePlan(plan), [
      '  develop: as written',
      '~ main',
      '    ~ required checks: "ci" → "ci", "lint"',
      '    ~ required approvals: 1 → 2',
      '    ~ force pushes: on → off',
      '+ release: not protected yet',
      '    + required checks: none',
      '    + must be up to date: off',
      '    + required approvals: 2',
      '    + approvals end with a new commit: off',
      '    + code owners must approve: off',
      '    + linear history: off',
      '    + conversations must be resolved: off',
      '    + holds for admins too: off',
      '    + force pushes: off',
      '    + deletion: on',
    ]);
    assert.equal(plan.isEmpty, false);
  });

  it('is empty exactly after it was applied, and checks are a set', () => {
    fc.assert(
      fc.property(arbitrary, fc.option(arbitrary), fc.boolean(), (to, from, enforce) => {
        const written = { main: { ...to, enforce } };
        const before = planProtection(written, { main: from });
        const after = planProtection(written, { main: settingsOf(written.main) });
        assert.equal(after.isEmpty, true);
        assert.equal(before.isEmpty, isSameProtection(settingsOf(written.main), from));
        const doubled = { ...to, requiredChecks: [...to.requiredChecks, ...to.requiredChecks] };
        assert.equal(planProtection(written, { main: doubled }).isEmpty, true);
        assert.equal('enforce' in settingsOf(written.main), false);
      }),
    );
  });

  it('never enforces what would loosen, nor what a person restored', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, fc.boolean(), (to, from, isHeld) => {
        const plan = planProtection({ main: { ...to, enforce: true } }, { main: from });
        const { enforced, reported } = splitDrift(plan, isHeld ? ['main'] : []);
        assert.equal(enforced.length + reported.length, plan.isEmpty ? 0 : 1);
        if (isHeld) assert.equal(enforced.length, 0);
        for (const { changes } of enforced) {
          const [up, down] = [from, to].map(({ requiredApprovals: n }) => n);
          assert.ok(changes.length > 0 && Number(up) <= Number(down));
          assert.ok(from.requiredChecks.every((name) => to.requiredChecks.includes(name)));
          assert.ok(!to.allowForcePushes || from.allowForcePushes);
        }
      }),
    );
  });

  const loosening: readonly (readonly [object, object, boolean])[] = [
    [{ requiredApprovals: 2 }, { requiredApprovals: 1 }, true],
    [{ requiredApprovals: 1 }, { requiredApprovals: 2 }, false],
    [{ requiredChecks: ['a', 'b'] }, { requiredChecks: ['a', 'c'] }, true],
    [{ requiredChecks: ['a'] }, { requiredChecks: ['a', 'c'] }, false],
    [{ enforceForAdmins: true }, {}, true],
    [{}, { allowDeletions: true }, true],
    [{ allowForcePushes: true }, {}, false],
  ];
  for (const [from, to, isLoose] of loosening) {
    it(`${JSON.stringify(from)} → ${JSON.stringify(to)} ${isLoose ? 'loosens' : 'does not'}`, () => {
      const [branch] = planProtection({ main: wanted(to) }, { main: real(from) }).branches;
      assert.equal(branch?.changes.some(loosens), isLoose);
    });
  }

  it('is reported with its diff, which no name can break out of', () => {
    const plan = planProtection(
      { main: wanted({ requiredChecks: ['```` @ann'] }) },
      { main: real() },
    );
    const { title, body } = driftIssue(splitDrift(plan, []).reported);
    assert.equal(title, 'Branch protection is not as written: main');
    assert.match(body, /\n`{5}diff\n~ main\n {4}~ required checks: none → "```` @ann"\n`{5}\n/);
    assert.match(body, /sluice protection apply/);
  });
});
