/** What applying a revision would change on its platform, and what would stand in its way: found without changing anything. */
import type { TrafficAnswer } from './traffic.js';

export interface FieldChange {
  /** @example 'spec.template.spec.containers[app].image' */
  readonly path: string;
  /** As JSON; null where there is none. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface ObjectChange {
  /** @example 'Deployment shop/checkout-production-1-1-0-4f2a9c1b' */
  readonly object: string;
  readonly action: 'create' | 'change' | 'keep';
  /** What `diff` compares with, where that is another object. */
  readonly comparedWith: string | null;
  readonly diff: readonly FieldChange[];
}

export type ProblemCode =
  /** The platform refuses the object as it is. */
  | 'Refused'
  | 'QuotaShort'
  /** Something that the revision refers to is not there. */
  | 'ReferenceMissing'
  /** The route, the template or the Service of the target is missing or another's. */
  | 'PlaceUnfit';

export interface PreviewProblem {
  readonly code: ProblemCode;
  readonly message: string;
  /** Object, and field where there is one. */
  readonly where: string;
  readonly seen: string | null;
  readonly limit: string | null;
  readonly next: string;
}

export interface WorkloadPreview {
  readonly changes: readonly ObjectChange[];
  /** Each keeps the revision from being deployed. */
  readonly problems: readonly PreviewProblem[];
  /** What could not be looked at and why, and what is worth knowing without being in the way. */
  readonly notes: readonly string[];
  /** Of the target as it is; absent where nobody looked. */
  readonly traffic?: TrafficAnswer;
}

export const emptyPreview: WorkloadPreview = { changes: [], problems: [], notes: [] };

/** @example 'QuotaShort: quota small has too few pods (seen 3, limit 1 left) at ResourceQuota shop/small' */
export function describeProblem(problem: PreviewProblem): string {
  const { code, message, where, seen, limit } = problem;
  const numbers = [
    ...(seen === null ? [] : [`seen ${seen}`]),
    ...(limit === null ? [] : [`limit ${limit}`]),
  ];
  const compared = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
  return `${code}: ${message}${compared} at ${where}`;
}

const actions = { create: '+', change: '~', keep: '=' } as const;

/**
 * As lines for people: `+` is made, `~` is changed, `=` stays, `!` is a problem, `?` a note.
 * @example ['+ Deployment shop/checkout-1, beside Deployment shop/checkout:', '    spec.replicas: 1 → 3']
 */
export function printPreview({ changes, problems, notes }: WorkloadPreview): string[] {
  return [
    ...changes.flatMap(({ object, action, comparedWith, diff }) => {
      const beside = comparedWith === null || diff.length === 0 ? '' : `, beside ${comparedWith}`;
      const colon = diff.length === 0 ? '' : ':';
      return [
        `${actions[action]} ${object}${beside}${colon}`,
        ...diff.map(({ path, from, to }) => `    ${path}: ${from ?? '—'} → ${to ?? '—'}`),
      ];
    }),
    ...problems.flatMap((problem) => [`! ${describeProblem(problem)}`, `    ${problem.next}`]),
    ...notes.map((note) => `? ${note}`),
  ];
}
