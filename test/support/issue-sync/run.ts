/** One history while it goes on: who acts, and the desk of the sync. */
import type { Desk } from './pass.js';
import type { People } from './people.js';
import { headOf } from './tree.js';

export interface Run {
  readonly people: People;
  readonly desk: Desk;
}

function texts(values: Iterable<string>): string {
  return [...values].join('\n');
}

/** All that stands on either side now. @param branch as it is, or as it is about to be */
export function everything({ people: { world } }: Run, branch = headOf(world.repository)): string {
  const issues = [...world.issues.values()].map(({ fields, comments }) =>
    [JSON.stringify(fields), ...comments.map(({ body }) => body)].join('\n').replace(/\\n/g, '\n'),
  );
  return [texts(branch.files.values()), ...issues].join('\n');
}
