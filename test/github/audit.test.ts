/** Whatever is done at the code host is written down, also where the worker dies between the act and its record. */
import assert from 'node:assert/strict';
import { createMergeTrees } from '../../src/adapters/git/merge-trees.js';
import { createPolicyBook } from '../../src/config/policy-book.js';
import { releaseWorkflowId } from '../../src/domain/names.js';
import { type ApiUnderTest, serveApi, webhookSecret } from '../support/api-under-test.js';
import { type Audit, startAudit } from '../support/audit.js';
import { aRelease, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { createOperator } from '../support/operator.js';
import { beginLife } from '../support/repository-life.js';

describe('the record of what is done at the code host', function () {
  this.timeout(180_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let api: ApiUnderTest;
  let audit: Audit;

  before(async () => {
    const hook = { url: 'http://127.0.0.1:1/', secret: webhookSecret };
    github = await startGithub({ hook });
    const { control, app } = github;
    control.limits.primaryPerHour = 1_000_000_000;
    audit = startAudit({ isForgetful: true });
    engine = await startEngine({
      ledger: audit.ledger,
      repositories: {
        codeHost: github.connect({ fetch: audit.fetch }),
        policies: createPolicyBook({ file: '/etc/sluice.yaml', repository: null }),
        mergeTrees: audit.watchTrials(createMergeTrees(github.connectMirrors())),
      },
    });
    api = await serveApi(engine.client);
    const config = control.world.apps.get(app.id)?.hook?.config;
    Object.assign(config ?? {}, { url: `${api.url}/v1/webhooks/github` });
  });
  after(async () => {
    await github.control.settle();
    await api?.stop();
    await engine?.stop();
    await github.stop();
  });

  it('has actor, cause, before and after for each write of every flow', async () => {
    const { control } = github;
    const { client, ports } = engine;
    const operator = createOperator(engine);
    await operator.installedIn('checkout', ['production']);
    const release = { service: 'checkout', version: '1.1.0' };
    await operator.releaseEnd(
      await operator.release(
        aRelease(release.service, release.version, [anEnvironment('production')]),
      ),
    );
    const { runId } = await client.workflow.getHandle(releaseWorkflowId(release)).describe();
    control.clearLog();
    const deps = { client, control, tickets: ports.tickets, mirrored: { release, runId } };
    const life = await beginLife(deps, 'life', true, '2s');
    await life.live();

    const log = control
      .writes()
      .filter(({ status, path }) => status < 300 && !path.endsWith('/access_tokens'))
      .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(audit.writes.map(({ request }) => request).toSorted(), log.toSorted());
    assert.deepEqual(await audit.gaps(), []);
    const activities = new Set(audit.writes.map(({ activity }) => activity));
    assert.ok(activities.size >= 20, [...activities].join());
    // One that is left out is seen.
    const seen = (await audit.gaps('branchArchived')).join();
    assert.match(seen, /^archiveBranch: POST \S+: no record$/);
  });
});
