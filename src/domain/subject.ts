/** What a request, a workflow or a line of a log is about, by ids that people can ask for. */
import { releaseWorkflowId, rolloutWorkflowId, targetWorkflowId } from './names.js';

export interface Subject {
  /** `release:<service>:<version>` */
  readonly releaseId?: string;
  /** `rollout:<service>:<environment>[:<region>]:<n>` */
  readonly rolloutId?: string;
  /** `target:<service>:<environment>[:<region>]` */
  readonly targetId?: string;
}

/** Of a workflow by its id; nothing for those that are about something else. */
export function subjectOfWorkflow(id: string): Subject {
  const [kind = '', ...parts] = id.split(':');
  switch (kind) {
    case 'release':
      return { releaseId: id };
    case 'rollout':
      return { rolloutId: id };
    case 'target':
      return { targetId: id };
    // Its last part is the run.
    case 'deployment':
      return { releaseId: ['release', ...parts.slice(0, -1)].join(':') };
    case 'deployment-rollout':
      return { rolloutId: ['rollout', ...parts.slice(0, -1)].join(':') };
    default:
      return {};
  }
}

/** Of a request by what it names, checked before. */
export function subjectOf(named: {
  readonly service?: unknown;
  readonly version?: unknown;
  readonly environment?: unknown;
  readonly region?: unknown;
  readonly n?: unknown;
}): Subject {
  const { service, version, environment, region, n } = named;
  if (typeof service !== 'string') return {};
  if (typeof version === 'string') return { releaseId: releaseWorkflowId({ service, version }) };
  if (typeof environment !== 'string') return {};
  const target = { service, environment, ...(typeof region === 'string' && { region }) };
  return typeof n === 'number'
    ? { rolloutId: rolloutWorkflowId({ target, n }) }
    : { targetId: targetWorkflowId(target) };
}
