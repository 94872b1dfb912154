/** What GitHub is asked in a time in which nothing happens, while flows of every kind of item wait: they are told by webhooks. */
import { workflowTypes } from '../../../src/domain/wire-names.js';
import { keepRepository } from '../../support/kept-repository.js';
import { until } from '../../support/operator.js';

const policy = `
repository:
  pulls: {title: warn}
  issues: {}
  stale: {branches: {}, items: {}}
`;
const items = 10;
const waitingTypes = [workflowTypes.followIssue, workflowTypes.checkPull];

export interface IdleCost {
  /** Flows that waited. */
  readonly flows: number;
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerHour: number;
}

/** No schedule runs: what they cost is the polling. */
export async function measureIdle(seconds: number): Promise<IdleCost> {
  const kept = await keepRepository(policy);
  const { github, repository, engine } = kept;
  const { control } = github;
  try {
    for (let n = 0; n < items; n += 1) {
      await control.createIssue(repository, { title: `slow page ${n}`, as: 'ann' });
      const branch = `topic-${n}`;
      await control.commit(repository, { branch, files: { [`${branch}.txt`]: branch } });
      await control.createPull(repository, { title: `feat: topic ${n}`, head: branch });
    }
    for (const type of waitingTypes) {
      const begun = async () => (await kept.idsOf(type)).length;
      await until(`${type} begins`, begun, (count) => count >= items, 120_000);
    }
    // Their own writes come back as webhooks, and after an event flows look again half a minute later, for reads lag
    // behind: at rest is who has asked nothing for longer than that.
    for (let last = -1; last !== control.log.length; ) {
      last = control.log.length;
      await kept.quiet();
      await new Promise((resolve) => setTimeout(resolve, 45_000));
    }
    control.clearLog();
    const { count: flows } = await engine.client.workflow.count("ExecutionStatus = 'Running'");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const calls = control.log.length;
    return { flows, seconds, calls, callsPerHour: (calls * 3_600) / seconds };
  } finally {
    await kept.stop();
  }
}
