/** What `sluice.yaml` says of a branch that is followed, and what becomes of it in a release. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProject } from '../../../src/config/project.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import { strategySchema } from '../../../src/domain/rollout/schema.js';
import type { Failure } from '../../../src/domain/failures.js';
import { printPlan, planRollout } from '../../../src/domain/rollout/plan.js';

const shipped = readFileSync(
  join(import.meta.dirname, '../../../deploy/kubernetes/gitops/sluice.yaml'),
  'utf8',
);

function faultsOf(text: string): string {
  try {
    parseProject(text, '/shop/sluice.yaml');
  } catch (error) {
    return ((error as Failure).details.faults ?? [])
      .map(({ where, message }) => `${where} ${message}`)
      .join('\n');
  }
  return '';
}

describe('GitOps in sluice.yaml', () => {
  const project = parseProject(shipped, '/shop/sluice.yaml');

  it('makes one step of a rolling strategy, and does not wait for requests that nobody counts', () => {
    const [plan] = resolvePipeline(project, 'checkout', { embedded: false }).environments;
    assert.ok(plan?.strategy.kind === 'rolling');
    assert.equal(plan.health.onNoData, 'advance');
    const { steps } = planRollout({ strategy: plan.strategy, fullScale: 3, hasStable: true });
    const lines = printPlan({
      steps,
      strategy: 'rolling',
      timing: plan.strategy.timing,
      fullScale: 3,
    });
    assert.deepEqual(lines, [
      '1. traffic to 100 % on 3 instances, watched for 2m',
      '2. the candidate becomes stable',
    ]);
    const [shift] = steps;
    assert.equal(shift?.kind === 'shift' && shift.window?.maximumMs, 120_000);
  });

  it('lets a policy for missing data stand where it is written', () => {
    const text = shipped.replace('health: {', 'health: { onNoData: hold, ');
    assert.notEqual(text, shipped);
    const strict = parseProject(text, '/shop/sluice.yaml');
    const [plan] = resolvePipeline(strict, 'checkout', { embedded: false }).environments;
    assert.equal(plan?.health.onNoData, 'hold');
  });

  it('refuses another strategy in a release as well', () => {
    const override = { environment: 'production', strategy: strategySchema.parse('canary') };
    assert.throws(() => resolvePipeline(project, 'checkout', { embedded: false, override }), {
      code: 'InvalidInput',
      message: /production takes no canary/,
    });
  });

  const cases: readonly [string, string | RegExp, string, RegExp][] = [
    [
      'a canary',
      /strategy: \{ rolling: .*/,
      'strategy: canary',
      /^\/shop\/sluice\.yaml:\d+:\d+ environments\.production\.strategy: seen canary, allowed on platform "prod-git" \(gitops\): rolling, because/,
    ],
    [
      'no strategy, which would be a canary',
      /strategy: \{ rolling: .*/,
      '',
      /environments\.production\.strategy: seen none, which is canary, allowed/,
    ],
    [
      'several batches',
      'rolling: {',
      'rolling: { batches: 3,',
      /environments\.production\.strategy\.rolling\.batches: seen 3, allowed .*: 1/,
    ],
    [
      'a secret in the address',
      'https://git',
      'https://bot:hunter2@git',
      /platforms\.prod-git\.repository\.url: .*without a secret in it/,
    ],
    [
      'an address that starts a program',
      /url: https\S+/,
      "url: 'ext::sh -c id'",
      /repository\.url/,
    ],
    [
      'a token in clear',
      'https://git',
      'http://git',
      /repository\.url: .*https, because a credential would travel in clear/,
    ],
    ['a secret itself', 'auth: { env: GIT_TOKEN }', 'auth: hunter2', /repository\.auth/],
    ['a file outside', 'file: "apps/', 'file: "../apps/', /change/],
    [
      'a value without a digest',
      'image: "{service}"',
      'path: image.tag, value: "{version}"',
      /change\.value: .*a text with \{digest\}/,
    ],
    ['an unknown follower', 'kind: argo-cd', 'kind: jenkins', /platforms\.prod-git\.follow\.kind/],
    [
      'a smoke test that cannot be sent anywhere',
      /\n {4}url: .*/,
      '',
      /environments\.production\.verification: seen a smoke test, allowed .* platforms\.prod-git\.url/,
    ],
  ];
  for (const [what, from, to, fault] of cases) {
    it(`is refused with ${what}`, () => {
      const changed = shipped.replace(from, to);
      assert.notEqual(changed, shipped);
      assert.match(faultsOf(changed), fault);
      assert.doesNotMatch(faultsOf(changed), /hunter2/);
    });
  }
});
