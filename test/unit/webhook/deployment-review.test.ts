/** Reviews of deployments: what is read of them, whom they stand for, and who hears of changed protection. */
import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../../src/domain/release/release.js';
import { approverOf, reviewsStage } from '../../../src/domain/release/host-approval.js';
import { readEvent } from '../../../src/domain/webhook/read-event.js';
import { routesOf } from '../../../src/domain/webhook/routes.js';
import { anEnvironment } from '../../support/builders.js';

const sha = 'a'.repeat(40);
const payload = {
  ...{ action: 'approved', comment: 'x'.repeat(3000), since: '2026-11-21T10:00:00Z' },
  ...{ approver: { login: 'ann' }, sender: { login: 'ann', type: 'User' } },
  workflow_job_run: { environment: 'eu' },
  workflow_job_runs: [{ environment: 'production' }, { environment: 'eu' }, { environment: null }],
  workflow_run: { id: 7, head_sha: sha },
  repository: { full_name: 'acme/shop' },
};
const read = (given: object) =>
  readEvent(
    { name: 'deployment_review', delivery: 'd', receivedAtMs: 5 },
    { ...payload, ...given },
  );

describe('review of a deployment', () => {
  it('is read with its person, its commit and every environment once', () => {
    const event = read({});
    assert.equal(event.kind, 'deploymentReview');
    if (event.kind !== 'deploymentReview') return;
    const { action, environments, runId, actor, comment, atMs } = event;
    assert.deepEqual([action, environments, runId], ['approved', ['eu', 'production'], 7]);
    assert.deepEqual(actor, { login: 'ann', kind: 'person' });
    assert.deepEqual([comment.length, atMs], [2000, Date.parse(payload.since)]);
    assert.deepEqual(routesOf(event), []);
  });

  it('is ignored when it is none, or names two people', () => {
    for (const given of [
      { action: 'requested' },
      { workflow_run: { id: 7 } },
      { approver: { login: 'bob' } },
      { sender: null },
    ]) {
      assert.equal(read(given).kind, 'ignored', JSON.stringify(given));
    }
  });

  it('stands for whoever the policy of that environment says, and never for a bot', () => {
    const plan = (name: string, fromGithub?: Record<string, string>): EnvironmentPlan => {
      const base = anEnvironment(name);
      return { ...base, approvals: { ...base.approvals, ...(fromGithub && { fromGithub }) } };
    };
    const plans = [plan('staging'), plan('production/eu', { 'Ann-GH': 'ann' })];
    const of = (login: string, stage = 'production/eu', kind: 'person' | 'bot' = 'person') =>
      approverOf(plans, stage, { login, kind });
    assert.deepEqual(
      [of('ann-gh'), of('ann'), of('Ann-GH', 'staging'), of('Ann-GH', 'production/eu', 'bot')],
      ['ann', null, null, null],
    );
    assert.equal(approverOf(plans, 'production/eu', null), null);
    assert.ok(reviewsStage('production/eu', ['production']));
    assert.ok(!reviewsStage('production', ['production/eu']));
  });

  it('is not what begins the watch over protection: a changed rule and a changed policy are', () => {
    const told = {
      ...{ repository: { owner: 'acme', name: 'shop' }, actor: null, atMs: 1, delivery: 'd' },
    };
    const rule = routesOf({
      ...told,
      kind: 'protection',
      action: 'edited',
      source: 'classic',
      name: 'main',
    });
    assert.deepEqual(
      rule.map(({ workflowId, start }) => [workflowId, start?.workflowType]),
      [['protection:acme/shop', 'protectBranches']],
    );
    const push = (isDefaultBranch: boolean) =>
      routesOf({
        ...told,
        ...{ kind: 'push', action: 'updated', branch: 'main', before: null, after: sha },
        ...{ isForced: false, isDefaultBranch },
      }).some(({ workflowId }) => workflowId === 'protection:acme/shop');
    assert.deepEqual([push(true), push(false)], [true, false]);
  });
});
