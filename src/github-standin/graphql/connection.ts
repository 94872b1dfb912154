/** Connections: pages by cursor, forward and backward. */
import { Problem } from '../problem.js';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const cursorOf = (index: number) => Buffer.from(`cursor:${index}`).toString('base64');
const indexOf = (cursor: string) =>
  Number(Buffer.from(cursor, 'base64').toString('utf8').replace('cursor:', ''));

/** @throws Problem without `first` or `last`, and above 100 */
export function connect<T, S>(
  rows: readonly T[],
  { first, last, after, before }: PageArguments,
  show: (row: T) => S,
) {
  const size = first ?? last;
  if (size === undefined || size === null) {
    throw new Problem(
      422,
      'You must provide a `first` or `last` value to properly paginate the connection.',
      {
        type: 'MISSING_PAGINATION_BOUNDARIES',
      },
    );
  }
  if (size < 0 || size > 100) {
    throw new Problem(
      422,
      `Requesting ${size} records on the connection exceeds the \`first\` limit of 100 records.`,
      {
        type: 'EXCESSIVE_PAGINATION',
      },
    );
  }
  const from = after ? indexOf(after) + 1 : 0;
  const to = before ? indexOf(before) : rows.length;
  const start = first === undefined || first === null ? Math.max(from, to - size) : from;
  const end = first === undefined || first === null ? to : Math.min(to, from + size);
  const here = rows.slice(start, end);
  return {
    totalCount: rows.length,
    nodes: () => here.map(show),
    edges: () => here.map((row, index) => ({ cursor: cursorOf(start + index), node: show(row) })),
    pageInfo: {
      hasNextPage: end < rows.length,
      hasPreviousPage: start > 0,
      startCursor: here.length === 0 ? null : cursorOf(start),
      endCursor: here.length === 0 ? null : cursorOf(end - 1),
    },
  };
}
