/** What it costs to look at every branch of a repository with many of them. */
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { createBranchActivities } from '../../../src/activities/repository/branch-activities.js';
import { staleBranchesSchema } from '../../../src/domain/branch/schema.js';
import { startGithub } from '../../support/github.js';

export interface BranchCost {
  readonly count: number;
  /** For one sweep. */
  readonly calls: number;
  readonly floor: { readonly calls: number };
}

export async function measureBranches(count: number): Promise<BranchCost> {
  const github = await startGithub();
  const { control, codeHost, repository } = github;
  try {
    const sha = control.readRef(repository, 'refs/heads/main');
    for (let n = 1; n < count; n += 1) {
      await control.setRef(repository, `refs/heads/old/${n}`, sha);
    }
    const ports = { codeHost, now: control.now } as unknown as ActivityPorts;
    const { listStaleCandidates } = createBranchActivities(ports);
    control.clearLog();
    const policy = staleBranchesSchema.parse({});
    const asked = { repository, policy, nowMs: control.now(), aheadMs: 0 };
    const seen: Awaited<ReturnType<typeof listStaleCandidates>> =
      await new MockActivityEnvironment().run(listStaleCandidates, asked);
    if (seen.branches !== count) throw new Error(`${seen.branches} of ${count} were listed`);
    const calls = control.log.filter(({ path }) => !path.includes('access_tokens')).length;
    return { count, calls, floor: { calls: Math.ceil(count / 100) } };
  } finally {
    await github.stop();
  }
}
