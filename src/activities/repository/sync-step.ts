/** What every step of a pass begins with: its issues read anew, and what is to become of them. */
import type { SyncItem, SyncRefusal } from '../../domain/issue-sync/pass.js';
import type { PassState } from '../../domain/issue-sync/record.js';
import type { BaseRecord, HostState } from '../../domain/issue-sync/shapes.js';
import type { ActivityPorts } from '../ports.js';
import { type Decided, decideIssues } from './sync-decide.js';
import type { HostSide } from './sync-host.js';
import { type Sides, sidesAt, type SyncCall } from './sync-sides.js';

export interface Step {
  readonly sides: Sides;
  readonly state: PassState | null;
  readonly records: ReadonlyMap<number, BaseRecord>;
  readonly decided: readonly Decided[];
}

export interface StepInput extends SyncCall {
  readonly items: readonly SyncItem[];
  readonly isRewritten: boolean;
  readonly refused: readonly SyncRefusal[];
  /** Whether the plan has listed what changed at the host, comments too. */
  readonly isListed?: boolean;
}

/** @param read how issues are read: anew, or as this pass has seen them already */
export async function beginStep(
  ports: ActivityPorts,
  host: HostSide,
  input: StepInput,
  read: (numbers: readonly number[]) => Promise<ReadonlyMap<number, HostState>>,
  nowMs: number,
): Promise<Step> {
  const { items, isRewritten, refused } = input;
  const sides = sidesAt(ports, input, input);
  const numbers = items.flatMap(({ number }) => number ?? []);
  const state = await sides.state();
  const records = await sides.records(numbers);
  const atMs = new Map(items.flatMap(({ path, by }) => (path && by ? [[path, by.atMs]] : [])));
  const paths = items.flatMap(({ path }) => path ?? []);
  const files = await sides.files(paths, atMs);
  const seen = await read(numbers);
  const decided = await decideIssues(ports, {
    ...{
      call: input,
      base: input.base,
      sides,
      host,
      state,
      records,
      seen,
      files,
      items,
      isRewritten,
      refused,
    },
    ...{ isNewRead: true, isListed: input.isListed ?? false, mayBeAnswered: true, nowMs },
  });
  return { sides, state, records, decided };
}
