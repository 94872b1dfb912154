/** Deals requests out in a given proportion without chance: 20 % is 20 of every 100, spread evenly. */

/** What is owed to the candidate, in hundredths of a request: an integer from 0 to 99. */
export type Owed = number;

/**
 * Who gets the next request.
 * @example four requests at weight 50 from owed 0: stable, candidate, stable, candidate
 */
export function deal(
  weight: number,
  owed: Owed,
): { readonly toCandidate: boolean; readonly owed: Owed } {
  const due = owed + weight;
  return due >= 100 ? { toCandidate: true, owed: due - 100 } : { toCandidate: false, owed: due };
}
