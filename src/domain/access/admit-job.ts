/** Whether a job may have a token here: by ids and whole claims, never by a name that can be given anew, never by `sub`. */
import type { JobClaims, JobRule } from './job.js';

export type JobAdmission =
  | { readonly kind: 'admitted'; readonly rule: JobRule }
  /** What the nearest rule misses: the claim, what it says, and what would do. */
  | {
      readonly kind: 'refused';
      readonly claim: string;
      readonly seen: string;
      readonly limit: string;
    };

/** The first rule that fits all claims. A repository without a rule is told nothing of the rules of others. */
export function admitJob(claims: JobClaims, rules: readonly JobRule[]): JobAdmission {
  const own = rules.filter(({ repositoryId }) => repositoryId === claims.repositoryId);
  const refusals = own.map((rule) => refusalBy(rule, claims));
  const fitting = own.find((_, index) => refusals[index] === null);
  if (fitting !== undefined) return { kind: 'admitted', rule: fitting };
  const [nearest] = refusals.filter((each) => each !== null);
  return (
    nearest ?? {
      kind: 'refused',
      claim: 'repository_id',
      seen: claims.repositoryId,
      limit: 'a repository with a rule',
    }
  );
}

function refusalBy(rule: JobRule, claims: JobClaims): JobAdmission | null {
  const tests: readonly [claim: string, seen: string | null, limit: readonly string[]][] = [
    ['repository_owner_id', claims.ownerId, rule.ownerId === undefined ? ['**'] : [rule.ownerId]],
    ['event_name', claims.event, rule.events],
    ['ref', claims.ref, rule.refs],
    ['environment', claims.environment, rule.githubEnvironments ?? ['**']],
    ['job_workflow_ref', claims.workflow, rule.workflows ?? ['**']],
  ];
  for (const [claim, seen, limit] of tests) {
    if (limit.some((pattern) => fits(pattern, seen))) continue;
    return { kind: 'refused', claim, seen: seen ?? 'none', limit: limit.join(', ') };
  }
  return null;
}

/** What is not told fits only where everything does. */
function fits(pattern: string, text: string | null): boolean {
  if (pattern === '**') return true;
  if (text === null) return false;
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^/]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`, 's').test(text);
}

const via = ' via ';

/** Who acts with the token of a job. */
export function ownerOfJob({ actor, repository }: JobClaims): string {
  return `${actor}${via}${repository}`;
}

/** The person behind an owner: whoever set a job off has asked for what it asks for. */
export function personBehind(owner: string): string {
  const at = owner.indexOf(via);
  return at < 0 ? owner : owner.slice(0, at);
}
