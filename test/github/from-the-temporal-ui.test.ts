/** What the Temporal UI sends to the workflows that keep a repository: every update and query of every kind that runs, as somebody typed it. */
import assert from 'node:assert/strict';
import { createMergeTrees } from '../../src/adapters/git/merge-trees.js';
import { createPolicyBook } from '../../src/config/policy-book.js';
import { parseReleaseWorkflowId } from '../../src/domain/names.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { type ApiUnderTest, serveApi, webhookSecret } from '../support/api-under-test.js';
import { aCanary, aRelease, anEnvironment, aRequest } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import {
  createOperator,
  type Operator,
  until,
  type WorkflowMetadata,
} from '../support/operator.js';
import { beginLife } from '../support/repository-life.js';
import { createTypist, malformed } from '../support/temporal-ui.js';

const by = { actor: 'ann', reason: 'because' };

/** Beside those: right but for a field of the command's own. */
const malformedFor: Readonly<Record<string, readonly object[]>> = {
  'retireStaleBranch keep': [
    { ...by, untilMs: 'soon' },
    { ...by, untilMs: {} },
  ],
  'resetBranch approve': [by, { ...by, planKey: 7, ticket: null }],
  'ownRepository pause': [by, { ...by, automation: 'coffee' }, { ...by, automation: 7 }],
  'ownRepository resume': [by, { ...by, automation: 'coffee' }],
  'syncIssues syncNow': [
    { ...by, full: 'yes' },
    { ...by, full: {} },
  ],
  'syncIssues approveSync': [by, { ...by, digest: 7 }],
  'syncIssues resolveSync': [by, { ...by, issue: '1', field: 'title', take: 'file', text: null }],
  'protectBranches applyProtection': [
    { ...by, branch: 7 },
    { ...by, branch: ['main'] },
  ],
  'protectBranches restoreProtection': [by, { ...by, branch: 7, backup: null }],
};

/** What does not fit the moment here, whatever is typed: there is nothing to approve, or it has just come to its end. */
const unfit = [
  ...['followIssue branchNow', 'resetBranch approve', 'syncIssues approveSync'],
  ...['syncIssues abort', 'protectBranches restoreProtection'],
  ...['watchStaleItem cancel', 'retireStaleBranch cancel', 'sweepStaleItems cancel'],
];

/** Workflows that live on and take commands. */
const kinds = [
  ...['checkPull', 'followIssue', 'mergePulls', 'mirrorRelease', 'mirrorRollout'],
  ...['ownRepository', 'protectBranches', 'resetBranch', 'retireStaleBranch'],
  ...['sweepStaleItems', 'syncIssues', 'watchStaleItem'],
];

/** Where there are several, part of the id of the one that does not end by itself. */
const lasting: Readonly<Record<string, string>> = {
  followIssue: ':2',
  mergePulls: ':main',
  mirrorRollout: ':staging:2:',
};

interface Definition extends WorkflowMetadata {
  readonly definition: WorkflowMetadata['definition'] & {
    readonly queryDefinitions: readonly { readonly name: string }[];
  };
}

describe('commands from the Temporal UI to what keeps a repository', function () {
  this.timeout(180_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let api: ApiUnderTest;
  let operator: Operator;
  let repository: RepositoryKey;
  /** One of each kind, by its type. */
  let ids: ReadonlyMap<string, string>;

  before(async () => {
    const hook = { url: 'http://127.0.0.1:1/', secret: webhookSecret };
    github = await startGithub({ hook });
    const { control, app, issueTree, issueTreeOverApi } = github;
    engine = await startEngine({
      repositories: {
        codeHost: github.codeHost,
        policies: createPolicyBook({ file: '/etc/sluice.yaml', repository: null }),
        mergeTrees: createMergeTrees(github.connectMirrors()),
        ...{ issueTree, issueTreeOverApi },
        placeOfRollout: async () => ({ repository, isProduction: false, logUrl: null }),
      },
    });
    operator = createOperator(engine);
    api = await serveApi(engine.client);
    const config = control.world.apps.get(app.id)?.hook?.config;
    Object.assign(config ?? {}, { url: `${api.url}/v1/webhooks/github` });
    ids = await beginOneOfEach();
  });
  after(async () => {
    await github?.control.settle();
    await api?.stop();
    await engine?.stop();
    await github?.stop();
  });

  /** All of them wait for something that does not come. */
  async function beginOneOfEach(): Promise<ReadonlyMap<string, string>> {
    const { client, ports } = engine;
    const { control } = github;
    const manual = anEnvironment('production', { promotion: 'manual' });
    const release = await operator.release(
      aRelease('checkout', '1.0.0', [
        { ...manual, approvals: { ...manual.approvals, required: 1 } },
      ]),
    );
    const { runId } = await operator.handle(release).describe();
    const mirrored = { release: parseReleaseWorkflowId(release), runId };
    const deps = { client, control, tickets: ports.tickets, mirrored };
    const life = await beginLife(deps, 'life', true, '7d');
    repository = life.repository;
    const policy = await github.codeHost.contents.readFile(repository, 'sluice.yaml', 'main');
    await control.commit(repository, {
      branch: 'main',
      files: { 'sluice.yaml': `${policy}  sync: {firstPass: ask}\n` },
    });
    await life.begin();
    const pull = [...control.repository(repository).items.values()].find(
      ({ title }) => title === 'feat: one',
    );
    await control.label(repository, pull?.number ?? 0, ['automerge'], 'ann');

    const start = (type: string, workflowId: string, input: object) =>
      client.workflow.start(type, {
        ...{ workflowId, taskQueue: taskQueues.workflows },
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [{ repository, dryRun: false, ...input }],
      });
    const sweep = repositoryWorkflowId('repository-sweep', repository, 'stale-branches');
    await start(workflowTypes.sweepBranches, sweep, {});
    await start(workflowTypes.sweepItems, `${sweep}-items`, {});
    await start(workflowTypes.syncIssues, repositoryWorkflowId('issue-sync', repository), {});
    await start(workflowTypes.ownRepository, repositoryWorkflowId('repository', repository), {
      carried: null,
    });
    const reset = repositoryWorkflowId('develop-reset', repository, 'develop');
    const why = { requestedBy: 'eve', reason: 'it is out' };
    await start(workflowTypes.resetBranch, reset, { branch: 'develop', toRef: null, ...why });
    const sha = control.readRef(repository, 'refs/heads/main');
    const shown = { ...mirrored, sha, production: ['production'], logUrl: null };
    await start(workflowTypes.mirrorRelease, 'mirror:life', shown);
    const target = { service: 'basket', environment: 'staging' };
    await operator.installed(target);
    await operator.ask(target, aRequest('1.1.0', { strategy: aCanary([50], 3_600_000) }));
    return until('one of each is at rest', atRest, (seen) => seen.size === kinds.length, 30_000);
  }

  /** What has begun and has come to where it waits. */
  async function atRest(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const query = 'ExecutionStatus="Running"';
    for await (const { workflowId, type } of engine.client.workflow.list({ query })) {
      if (!kinds.includes(type) || !workflowId.includes(lasting[type] ?? '')) continue;
      const { raw: now } = await operator.handle(workflowId).describe();
      // A mirror looks on for as long as it lives.
      const acts = (now.pendingActivities ?? []).filter(
        ({ activityType }) =>
          !['awaitPhases', 'readReleaseView'].includes(activityType?.name ?? ''),
      );
      if (acts.length === 0 && !now.pendingWorkflowTask) found.set(type, workflowId);
    }
    return found;
  }

  const defined = async (id: string): Promise<Definition['definition']> =>
    ((await operator.metadata(id)) as Definition).definition;

  async function queriesOf(id: string): Promise<readonly string[]> {
    const { queryDefinitions } = await defined(id);
    return queryDefinitions.map(({ name }) => name).filter((name) => !name.startsWith('__'));
  }

  it('refuses everything malformed, with every update of every kind, and keeps nothing of it', async () => {
    const typist = createTypist(engine.client);
    const taken: string[] = [];
    let sent = 0;
    let particular = 0;
    for (const [type, id] of ids) {
      for (const { name } of (await defined(id)).updateDefinitions) {
        const own = (malformedFor[`${type} ${name}`] ?? []).map((each) => JSON.stringify(each));
        particular += own.length;
        for (const typed of [...malformed, ...own]) {
          sent += 1;
          const answer = await typist.send(id, name, typed).catch(String);
          if (
            answer === null ||
            !/^(InvalidInput|CommandRejected|Conflict|SyntaxError)/.test(answer)
          )
            taken.push(`${type} ${name} ${typed}: ${answer}`);
        }
      }
      const { raw } = await operator.handle(id).describe();
      assert.equal(raw.pendingWorkflowTask?.attempt ?? 1, 1, `the task of ${type} fails`);
      const { events } = await operator.handle(id).fetchHistory();
      const isMarked = events?.some(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
      );
      if (isMarked) taken.push(`${type} has something of it in its history`);
    }
    assert.deepEqual(taken, []);
    assert.equal(particular, Object.values(malformedFor).flat().length);
    assert.ok(sent > 400, `${sent}`);
  });

  it('answers every query with or without an argument', async () => {
    const typist = createTypist(engine.client);
    for (const [type, id] of ids) {
      const queries = await queriesOf(id);
      assert.equal(queries.length, 1, `${type}: ${queries.join()}`);
      for (const typed of [null, '{}', 'null', '"x"']) {
        assert.equal(typeof (await typist.ask(id, queries[0] ?? '', typed)), 'object', type);
      }
    }
  });

  it('takes the example that it shows beside each update', async () => {
    const typist = createTypist(engine.client);
    const refused: string[] = [];
    for (const [type, id] of ids) {
      for (const { name, description = '' } of (await defined(id)).updateDefinitions) {
        const example = /\{.*\}/.exec(description)?.[0];
        assert.ok(example, `${type} ${name} shows no example: ${description}`);
        const answer = await typist.send(id, name, example).catch(String);
        if (answer === null) continue;
        const isToldWhy =
          unfit.includes(`${type} ${name}`) && !/^(InvalidInput|Syntax)/.test(answer);
        if (!isToldWhy) refused.push(`${type} ${name}: ${answer}`);
      }
    }
    assert.deepEqual(refused, []);
  });
});
