/** An event in one line, for lists of workflows and for logs. */
import type { RepositoryEvent } from './event.js';

export function describeEvent(event: RepositoryEvent): string {
  const by = event.actor === null ? '' : ` by ${event.actor.login}`;
  return `${subjectOf(event)}${by}`;
}

function subjectOf(event: RepositoryEvent): string {
  switch (event.kind) {
    case 'push':
      return `branch ${event.branch} ${event.action}`;
    case 'tag':
      return `tag ${event.tag} ${event.action}`;
    case 'pull':
    case 'issue':
    case 'milestone':
      return `${event.kind} #${event.number} ${event.action}`;
    case 'comment':
      return `comment on #${event.number} ${event.action}`;
    case 'review':
      return `review of #${event.number} ${event.action}`;
    case 'check':
      return `check ${event.name || 'suite'} ${event.conclusion ?? event.action}`;
    case 'deploymentProtection':
      return `deployment to ${event.environment} waits`;
    case 'deploymentReview':
      return `deployment to ${event.environments.join(', ')} ${event.action}`;
    case 'deployment':
      return `deployment to ${event.environment} ${event.state ?? event.action}`;
    case 'release':
      return `release ${event.tag} ${event.action}`;
    case 'mergeGroup':
      return `merge group of ${event.baseRef} ${event.action}`;
    case 'label':
      return `label ${event.name} ${event.action}`;
    case 'repository':
      return `repository ${event.action}`;
    case 'protection':
      return `protection ${event.name} ${event.action}`;
    case 'dispatch':
      return `dispatch of ${event.name}`;
  }
}
