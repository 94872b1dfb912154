/** Who changed what: the log of the base ref, read for people. */
import { describeEntry, parseAudit } from '../../domain/issue-sync/audit.js';
import { recordPath } from '../../domain/issue-sync/record.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { SyncChange, SyncLog } from '../../domain/issue-sync/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';
import { sidesAt } from './sync-sides.js';

export interface ReadSyncLogInput {
  readonly repository: RepositoryKey;
  readonly policy: SyncPolicy;
  readonly branch: string;
  /** Null: of all issues. */
  readonly number: number | null;
  readonly atMost: number;
}

export function readSyncLogWith(ports: ActivityPorts) {
  /** Null: there is no record of such an issue, and never was. */
  return async (input: ReadSyncLogInput): Promise<SyncLog | null> => {
    const { repository, policy, branch, number, atMost } = input;
    const tree = issueTreeOf(ports, policy.mode);
    const { head, base } = await tree.readHeads(repository, branch);
    if (base === null) return number === null ? emptyLog : null;
    const path = number === null ? null : recordPath(number);
    const log = await tree.readLog(repository, base, { path, atMost });
    const records = await sidesAt(ports, input, { head, base }).records(
      number === null ? [] : [number],
    );
    const record = number === null ? undefined : records.get(number);
    if (number !== null && record === undefined && log.length === 0) return null;
    const changes: SyncChange[] = [];
    const lines: string[] = [];
    for (const [name, question] of Object.entries(record?.questions ?? {})) {
      const pull =
        question.kind === 'conflict' && question.pull !== null ? ` (#${question.pull})` : '';
      const why = question.kind === 'refused' ? `: ${question.reason}` : pull;
      lines.push(`open     ${name}: ${question.kind}${why}`);
    }
    if (record !== undefined) lines.unshift(`#${number} is ${record.path ?? 'without a file'}`);
    for (const { sha, atMs, message } of log) {
      const commit = parseAudit(message);
      if (commit === null) continue;
      const { run, policy: version, cause, entries } = commit;
      for (const entry of entries) {
        if (number !== null && entry.number !== number) continue;
        const at = new Date(atMs).toISOString();
        const event = entry.event === null ? cause : `${cause}, ${entry.event}`;
        lines.push(`${at} ${sha.slice(0, 10)} ${describeEntry(entry)} (${event})`);
        changes.push({
          ...{ sha, atMs, number: entry.number, actor: entry.actor, delivery: entry.event },
          fields: entry.changes.map(({ field }) => field),
          side: [...new Set(entry.changes.map(({ how }) => how))].join(' '),
          ...{ policy: version, run },
        });
      }
    }
    return { number, path: record?.path ?? null, changes, lines };
  };
}

const emptyLog: SyncLog = {
  ...{ number: null, path: null, changes: [] },
  lines: ['nothing was kept the same here yet'],
};
