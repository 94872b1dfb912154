/** What the schema fuzzer asks: the API over a real Temporal server, with a release on its way and a repository that is kept. */
import type { TargetList } from '../../src/api/schemas/target.js';
import { digestA } from '../support/api-under-test.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { until } from '../support/operator.js';

/** What is asked is looked at here, and not how often. */
const often = 1_000_000;
/** A machine with much else to do is slow, and that is no fault of an answer. */
const patiently = { answerMs: 20_000, deliveryMs: 10_000 };

const policy = `
apiVersion: sluice/v1
project: shop
repository:
  pulls: {title: warn}
  issues: {branch: {from: main}}
  merge: {bases: [main], requires: {labels: [automerge]}}
  stale: {items: {}, branches: {}}
  reset: {branch: develop, approvals: {required: 2}}
  protection: {main: {requiredApprovals: 1}}
`;

/** A release of `checkout` waits for approval, a pull request and an issue are open. */
export async function serveForFuzzing(): Promise<KeptRepository> {
  const perMinute = { read: often, write: often, rescue: often };
  const kept = await keepRepository(policy, { perMinute, ...patiently });
  const { api, github, repository } = kept;
  const { control } = github;
  await control.createIssue(repository, { title: 'Payments fail', as: 'ann' });
  await control.commit(
    repository,
    { branch: 'develop', files: { 'develop.txt': 'x' } },
    { branch: 'feature/old', files: { 'old.txt': 'x' } },
  );
  const pull = { title: 'feat: pay', head: 'feature/old', as: 'ann' };
  await control.createPull(repository, pull);
  const body = { service: 'checkout', version: '1.4.0', digest: digestA };
  const { status } = await api.call('POST', '/v1/releases', { body });
  if (status !== 202) throw new Error(`no release could be started: ${status}`);
  await kept.sweep();
  await until(
    'the release has reached staging',
    async () => (await api.call('GET', '/v1/targets')).body as TargetList,
    ({ items }) => items.length > 0,
  );
  await kept.quiet();
  return kept;
}
