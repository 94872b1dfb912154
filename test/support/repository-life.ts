/** A repository in which every flow has something to do at once, people who do their part, and what is there in the end. */
import type { Client } from '@temporalio/client';
import type { MirrorReleaseInput } from '../../src/domain/deployment-mirror/begin.js';
import { planKey } from '../../src/domain/develop-reset/plan.js';
import type { ResetResult, ResetView } from '../../src/domain/develop-reset/view.js';
import {
  type RepositoryKey,
  type RepositoryWorkflowKind,
  repositoryWorkflowId,
} from '../../src/domain/repository/names.js';
import { queryNames, taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import type { Control } from '../../src/github-standin/control.js';
import type { ApprovalTickets } from '../../src/ports/approval-ticket.js';
import { until } from './operator.js';
import { policyFile } from './policy-file.js';

const aDayMs = 86_400_000;
const longAgoMs = 90 * aDayMs;
const lifeMs = 600_000;

export interface LifeDeps {
  readonly client: Client;
  readonly control: Control;
  readonly tickets: ApprovalTickets;
  /** A release that has ended, to be shown there. */
  readonly mirrored: Pick<MirrorReleaseInput, 'release' | 'runId'>;
}

export interface RepositoryLife {
  readonly repository: RepositoryKey;
  /** Puts everything there that something is to be done about. */
  begin(): Promise<void>;
  /** Begins, and resolves when everything has ended that ends. */
  live(): Promise<void>;
  /** What is there once, in words that do not differ from life to life. */
  remains(): Promise<readonly string[]>;
}

/**
 * @param hasQueue merges go through the queue with its trials; else one by one
 * @param patience with what is stale, once it is told
 */
export async function beginLife(
  { client, control, tickets, mirrored }: LifeDeps,
  name: string,
  hasQueue: boolean,
  patience = '10s',
): Promise<RepositoryLife> {
  const repository = { owner: 'acme', name };
  const made = await control.createRepository({
    ...{ ...repository, isOrganization: true },
    files: { 'sluice.yaml': policyOf(hasQueue, patience), 'issues/001-it.md': '# it\n' },
  });
  const tipOf = (branch: string) => made.git.refs().get(`refs/heads/${branch}`) ?? '';
  const start = (type: string, id: string, input: object) =>
    client.workflow.start(type, {
      ...{ workflowId: id, taskQueue: taskQueues.workflows },
      args: [{ repository, dryRun: false, ...input }],
    });
  /** Begun by a webhook, in a while. */
  const result = async (kind: RepositoryWorkflowKind, what: string | number) => {
    const id = repositoryWorkflowId(kind, repository, what);
    const handle = client.workflow.getHandle(id);
    await until(
      `${id} is begun`,
      () => handle.describe(),
      () => true,
      lifeMs,
    );
    return handle.result();
  };

  /** Commits, labels and checks as they are asked for: by people, and by a CI that likes everything. */
  const worked = new Set<string>();
  /** Which nobody may lose. */
  const tips = new Map<string, string>();
  async function help(): Promise<void> {
    for (const [ref, sha] of made.git.refs()) {
      const branch = ref.slice('refs/heads/'.length);
      if (ref.startsWith('refs/heads/feature/') && !worked.has(ref)) {
        worked.add(ref);
        await control.commit(repository, { branch, files: { 'it.ts': 'it\n' }, author: 'bob' });
      }
      if (branch.startsWith('sluice/queue/')) await pass(sha);
    }
    for (const { number, state, pull, labels } of [...made.items.values()]) {
      if (pull === null || state === 'closed' || pull.baseRef !== 'main') continue;
      if (pull.headRef === 'work') continue;
      await pass(pull.headSha);
      if (labels.includes('automerge')) continue;
      await control.label(repository, number, ['automerge'], 'ann');
    }
  }
  async function pass(sha: string): Promise<void> {
    if (made.checkRuns.some((run) => run.sha === sha && run.name === 'build')) return;
    await control.setCheck(repository, { sha, name: 'build', conclusion: 'success' });
  }

  async function begin(): Promise<void> {
    const pull = async (branch: string, base: string) => {
      const files = { [`${branch}.txt`]: `${branch}\n` };
      await control.commit(repository, { branch, from: base, files, author: 'ann' });
      const title = `feat: ${branch}`;
      await control.createPull(repository, { title, head: branch, base, as: 'ann' });
    };
    for (const [n, author] of ['ann', 'bob', 'ann'].entries()) {
      const files = { [`develop-${n}.txt`]: 'x\n' };
      await control.commit(repository, { branch: 'develop', files, author });
    }
    await control.commit(repository, { branch: 'release', files: { 'release.txt': 'x\n' } });
    tips.set(tipOf('develop'), 'develop');
    const atMs = Date.now() - longAgoMs;
    await control.commit(repository, { branch: 'old', files: { 'old.txt': 'old\n' }, atMs });
    tips.set(tipOf('old'), 'old');
    for (const act of made.activities) {
      if (act.ref === 'refs/heads/old') Object.assign(act, { atMs });
    }
    await control.createIssue(repository, { title: 'Nobody', as: 'ann', atMs });
    await control.createIssue(repository, { title: 'It', labels: ['wanted'], as: 'ann' });
    await pull('one', 'main');
    await pull('two', 'main');
    await pull('work', 'develop');
  }

  async function reset(): Promise<void> {
    const id = repositoryWorkflowId('develop-reset', repository, 'develop');
    const input = { branch: 'develop', toRef: null, requestedBy: 'eve', reason: 'it is out' };
    const handle = await start(workflowTypes.resetBranch, id, input);
    const view = () => handle.query<ResetView>(queryNames.readReset);
    const { plan } = await until(
      `${id} waits`,
      view,
      ({ phase }) => phase === 'AwaitingApproval',
      lifeMs,
    );
    const key = plan === null ? '' : planKey(plan);
    const expiresAtMs = Date.now() + lifeMs;
    const ticket = tickets.issue({ releaseId: id, environment: key, actor: 'ann', expiresAtMs });
    const command = { actor: 'ann', reason: 'all of it is merged', planKey: key, ticket };
    // While no worker is there for long enough, the server takes no command.
    const update = { args: [command] as [object], updateId: 'approve' };
    const approve = () => handle.executeUpdate(updateNames.approve, update);
    await until(`${id} is approved`, approve, () => true, lifeMs);
    const { outcome, reason } = (await handle.result()) as ResetResult;
    if (outcome !== 'reset') throw new Error(`${id}: ${outcome}, ${reason}`);
  }

  const numberOf = async (title: string) =>
    [...made.items.values()].find((item) => item.title === title)?.number ?? 0;
  const isThere = (what: string, is: () => boolean) =>
    until(what, async () => is(), Boolean, lifeMs);

  return {
    repository,
    begin,
    async live() {
      let isOver = false;
      const helping = (async () => {
        while (!isOver) {
          await help();
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })();
      await begin();
      const sweepId = repositoryWorkflowId('repository-sweep', repository, 'stale-branches');
      const sweeps = [
        start(workflowTypes.sweepBranches, sweepId, {}),
        start(workflowTypes.sweepItems, `${sweepId}-items`, { once: true }),
        start(workflowTypes.mirrorRelease, `mirror:${name}`, {
          ...{ ...mirrored, sha: tipOf('main'), production: ['production'], logUrl: null },
        }),
      ];
      const resets = reset();
      try {
        for (const sweep of sweeps) await (await sweep).result();
        await isThere(`${name} protects`, () => made.protections.has('release'));
        await result('branch', 'old');
        await result('item', await numberOf('Nobody'));
        await result('issue', await numberOf('It'));
        const merged = [...made.items.values()].filter(({ pull }) => pull?.baseRef === 'main');
        for (const { number, pull } of merged) {
          if (pull?.headRef !== 'work') await result('pull', number);
        }
        await resets;
        await result('merge-queue', 'main');
        // Its file is archived, which is a commit on `main`.
        await result('issue', await numberOf('Nobody'));
      } finally {
        isOver = true;
        await Promise.allSettled([helping, resets]);
      }
    },
    async remains() {
      const plain = (text: string) =>
        text
          .replace(/(?<=archive\/old)@.*|(?<=develop\/)[0-9a-f-]{36}$/, '@')
          .replace(/#\d+/g, '#n');
      const lines = [...made.git.refs()]
        .filter(([ref]) => !ref.startsWith('refs/pull/'))
        .map(
          ([ref, sha]) =>
            `ref ${plain(ref)}${tips.has(sha) ? ` at the tip of ${tips.get(sha)}` : ''}`,
        );
      for (let sha = tipOf('main'); sha !== ''; ) {
        const commit = await made.git.commit(sha);
        lines.push(`main ${plain(commit?.message.split('\n')[0] ?? '')}`);
        sha = commit?.parents[0] ?? '';
      }
      for (const { title, state, pull, comments, labels } of made.items.values()) {
        const kind = pull === null ? 'issue' : 'pull';
        const end = pull?.mergedAtMs ? 'merged' : state;
        lines.push(
          `${kind} ${end} ${title}: ${comments.length} comments, ${labels.toSorted().join()}`,
        );
      }
      for (const { name: check, conclusion, sha } of made.checkRuns) {
        const [pull] = [...made.items.values()].filter((item) => item.pull?.headSha === sha);
        if (pull) lines.push(`check ${pull.pull?.headRef} ${check} ${conclusion}`);
      }
      for (const { environment, statuses } of made.deployments.values()) {
        lines.push(`deployment ${environment}: ${statuses.length} statuses`);
      }
      return lines.toSorted();
    },
  };
}

function policyOf(hasQueue: boolean, patience: string): string {
  return policyFile(
    'stale:',
    `  branches: {grace: ${patience}}`,
    `  items: {closeAfter: ${patience}}`,
    'issues:',
    '  branch: {when: labeled, labels: [wanted]}',
    '  pull: {draft: false}',
    'pulls: {title: warn, size: warn, comment: always}',
    // Not `main`: it moves all the time, and each move would ask for another approval.
    'reset: {to: release, pulls: retarget}',
    'protection: {release: {requiredChecks: [build], enforce: true}}',
    `merge: {requires: {checks: [build]}${hasQueue ? ', queue: {owner: ann, batch: 3}' : ''}}`,
  );
}
