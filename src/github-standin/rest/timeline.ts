/** The timeline of an item: its events with its comments, commits and reviews among them, by time. */
import { nodeId } from '../node-id.js';
import { association, showComment, showEvent } from '../present/item.js';
import { showAccount } from '../present/account.js';
import { showGitCommit } from '../present/commit.js';
import { showReview } from '../present/pull.js';
import type { Item } from '../state.js';
import type { Call } from './call.js';

interface Row {
  readonly atMs: number;
  readonly id: number;
  readonly shown: unknown;
}

export async function timelineOf(call: Call, item: Item): Promise<unknown[]> {
  const { world } = call;
  const repository = call.repository();
  const rows: Row[] = item.events.map((one) => ({
    atMs: one.atMs,
    id: one.id,
    shown: showEvent(world, repository, one),
  }));
  for (const one of item.comments) {
    const shown = {
      ...showComment(world, repository, item, one),
      event: 'commented',
      actor: showAccount(world, one.author),
    };
    rows.push({ atMs: one.createdAtMs, id: one.id, shown });
  }
  const { pull } = item;
  if (pull !== null) {
    for (const one of pull.reviews) {
      const shown = {
        ...showReview(world, repository, item, one),
        state: one.state.toLowerCase(),
        event: 'reviewed',
        author_association: association(repository, one.author),
      };
      rows.push({ atMs: one.atMs, id: one.id, shown });
    }
    for (const [index, sha] of (await repository.git.range(pull.baseSha, pull.headSha)).entries()) {
      const commit = await repository.git.commit(sha);
      if (commit === null) continue;
      const shown = {
        ...showGitCommit(world, repository, commit),
        node_id: nodeId('C', repository.id, sha),
        event: 'committed',
      };
      rows.push({ atMs: commit.committer.atMs, id: -index, shown });
    }
  }
  return rows.sort((a, b) => a.atMs - b.atMs || a.id - b.id).map(({ shown }) => shown);
}
