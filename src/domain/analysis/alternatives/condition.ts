/** Success and failure conditions as Argo Rollouts writes them: comparisons of a result with numbers, joined by && and ||. */

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type Term =
  | { readonly kind: 'compare'; readonly by: Comparison; readonly to: number }
  | { readonly kind: 'isNaN'; readonly negated: boolean };

/** One of the lists must hold in all its terms. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly anyOf: readonly (readonly Term[])[];
}

const result = String.raw`(?:asFloat\(\s*)?result(?:\[0\])?\s*\)?`;
const comparison = new RegExp(String.raw`^(?:${result})?\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)$`);
const notANumber = new RegExp(String.raw`^(!)?\s*isNaN\(\s*result(?:\[0\])?\s*\)$`);

/**
 * What a condition says, or null when it says more than a comparison of one result.
 * @example 'result[0] >= 0.95' and '>= 0.95' are the same
 * @example 'isNaN(result[0]) || result[0] >= 0.95'
 */
export function readCondition(text: string): Condition | null {
  const anyOf = text.split('||').map((part) => part.split('&&').map((term) => readTerm(term)));
  const known = anyOf.map((terms) => terms.filter((term) => term !== null));
  const isWhole = known.every((terms, n) => terms.length === anyOf[n]?.length);
  return isWhole ? { text: text.trim(), anyOf: known } : null;
}

function readTerm(text: string): Term | null {
  const compared = comparison.exec(text.trim());
  if (compared) {
    return { kind: 'compare', by: compared[1] as Comparison, to: Number(compared[2]) };
  }
  const asked = notANumber.exec(text.trim());
  return asked ? { kind: 'isNaN', negated: asked[1] !== undefined } : null;
}

/** NaN is neither below nor above anything. */
export function holds({ anyOf }: Condition, value: number): boolean {
  return anyOf.some((terms) => terms.every((term) => termHolds(term, value)));
}

function termHolds(term: Term, value: number): boolean {
  if (term.kind === 'isNaN') return Number.isNaN(value) !== term.negated;
  switch (term.by) {
    case '<':
      return value < term.to;
    case '<=':
      return value <= term.to;
    case '>':
      return value > term.to;
    case '>=':
      return value >= term.to;
    case '==':
      return value === term.to;
    case '!=':
      return value !== term.to;
  }
}
