/** Holds every write that a code host took against the ledger: who, why, what was before and what is after. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import type { Ledger } from '../../src/ports/ledger.js';
import type { MergeTrees } from '../../src/ports/merge-trees.js';

/** One write, and the activity that sent it. */
interface AuditedWrite {
  /** As the host's log has it: `POST /repos/acme/shop/issues`. */
  readonly request: string;
  readonly activity: string;
  /** Beginning of the ids of the events of this execution of the activity. */
  readonly key: string;
}

export interface Audit {
  readonly writes: readonly AuditedWrite[];
  /** To be given to the code host. */
  readonly fetch: typeof fetch;
  readonly ledger: Ledger;
  /** Pushes by git, which goes its own way. */
  watchTrials(trees: MergeTrees): MergeTrees;
  /**
   * Writes without an event that says all, as `activity: request: what is missing`.
   * @param without as if nothing of this kind had been written down
   */
  gaps(without?: string): Promise<readonly string[]>;
}

/** @param isForgetful each event is refused once, after its effect, as if the worker had died in between */
export function startAudit({ isForgetful }: { readonly isForgetful: boolean }): Audit {
  const writes: AuditedWrite[] = [];
  const memory = createMemoryLedger();
  const refused = new Set<string>();

  function note(request: string): void {
    const { workflowExecution, activityId, activityType } = Context.current().info;
    const key = `${workflowExecution?.runId}/${activityId}/`;
    const isPush = request.endsWith('/git-receive-pack');
    if (isPush && writes.some((one) => one.key === key && one.request === request)) return;
    writes.push({ request, activity: activityType, key });
  }

  return {
    writes,
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      const path = new URL(input instanceof Request ? input.url : input).pathname;
      if (answer.ok && isWrite(path, init)) note(`${init?.method} ${path}`);
      return answer;
    },
    ledger: {
      ...memory,
      async append(events) {
        const fresh = events.filter(({ id }) => !refused.has(id));
        for (const { id } of fresh) refused.add(id);
        if (!isForgetful || fresh.length === 0) return memory.append(events);
        throw ApplicationFailure.create({
          ...{ message: 'nobody wrote it down', type: 'LostRecord', nextRetryDelay: '10ms' },
        });
      },
    },
    watchTrials: (trees) => ({
      mergeTree: (...asked) => trees.mergeTree(...asked),
      async pushTrial(repository, trial) {
        const made = await trees.pushTrial(repository, trial);
        // Tried again, it finds the branch where it is to be, and git sends nothing.
        const path = `/${repository.owner}/${repository.name}.git/git-receive-pack`;
        if (made !== null && !made.isHead) note(`POST ${path}`);
        return made;
      },
    }),
    async gaps(without) {
      const all = await memory.read({ subject: null, limit: 1_000_000 });
      const events = all.filter(({ kind }) => kind !== without);
      return writes.flatMap(({ request, activity, key }) => {
        const own = events.filter(({ id }) => id.startsWith(key)).map(missingOf);
        if (own.some((missing) => missing.length === 0)) return [];
        const missing = own.length === 0 ? 'no record' : `no ${own[0]?.join(', ')}`;
        return [`${activity}: ${request}: ${missing}`];
      });
    },
  };
}

/** An installation token only lets in. */
function isWrite(path: string, init: RequestInit | undefined): boolean {
  if (init?.method === undefined || init.method === 'GET') return false;
  if (path.endsWith('/access_tokens')) return false;
  if (!path.endsWith('/graphql')) return true;
  const { query } = JSON.parse(init.body as string) as { readonly query: string };
  return /^\s*mutation\b/.test(query);
}

function missingOf({ actor, reason, data }: LedgerEvent): readonly string[] {
  const has = {
    actor: actor !== '',
    cause: (data['cause'] ?? reason) !== '',
    before: 'before' in data,
    after: 'after' in data,
    change: data['before'] !== data['after'],
  };
  return Object.entries(has).flatMap(([name, is]) => (is ? [] : [name]));
}
