/** What lies on the sides of a sync at one moment: records in the base ref, files on the branch, issues at the host. */
import type { HeardIssue } from '../../domain/issue-sync/hear.js';
import { parseIssueFile } from '../../domain/issue-sync/issue-file.js';
import type { FileNow, IssueInput } from '../../domain/issue-sync/issue-plan.js';
import { linkedNumberInLines } from '../../domain/issue-sync/linked-file.js';
import type { Answer, Answers } from '../../domain/issue-sync/merge-fields.js';
import type { FileRefusal, SyncAnswer } from '../../domain/issue-sync/pass.js';
import {
  parseRecord,
  parseState,
  type PassState,
  recordPath,
  statePath,
} from '../../domain/issue-sync/record.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { BaseRecord, FieldName } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';

/** What every step of a pass is told. */
export interface SyncCall {
  readonly repository: RepositoryKey;
  /** Workflow id, for the record. */
  readonly subject: string;
  /** What brought the pass about, for the record. */
  readonly reason: string;
  readonly policy: SyncPolicy;
  readonly branch: string;
  readonly answers: readonly SyncAnswer[];
  readonly heard: readonly HeardIssue[];
  /** Of this pass: what one step has read another may use, where they run in one process. */
  readonly pass: string;
  /** Where both were when the pass was planned. */
  readonly head: string;
  readonly base: string | null;
}

export type ReadFile =
  | { readonly kind: 'file'; readonly now: FileNow }
  | {
      readonly kind: 'refused';
      readonly refusal: FileRefusal;
      /** Of the issue that its lines name as its own; null: they name none. */
      readonly number: number | null;
    };

export interface Sides {
  state(): Promise<PassState | null>;
  /** Of those there is a record of. */
  records(numbers: readonly number[]): Promise<ReadonlyMap<number, BaseRecord>>;
  /** As they were when each of these was given; of a base that is not in the past of this one there is none. */
  recordsBefore(answers: readonly SyncAnswer[]): Promise<ReadonlyMap<SyncAnswer, BaseRecord>>;
  /** By path; what is not there is left out. @param atMs when each was changed last, where it is known */
  files(
    paths: readonly string[],
    atMs?: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, ReadFile>>;
  /** All paths in the folders of the sync. */
  paths(policy: Pick<SyncPolicy, 'folder' | 'archive'>): Promise<ReadonlySet<string>>;
  /** Whether the commit is part of the branch. */
  holds(commit: string): Promise<boolean>;
}

export function sidesAt(
  ports: ActivityPorts,
  { repository, policy }: Pick<SyncCall, 'repository' | 'policy'>,
  { head, base }: { readonly head: string; readonly base: string | null },
): Sides {
  const tree = issueTreeOf(ports, policy.mode);
  return {
    async state() {
      if (base === null) return null;
      const text = (await tree.readFiles(repository, base, [statePath])).get(statePath) ?? null;
      return text === null ? null : parseState(text);
    },
    async records(numbers) {
      const found = new Map<number, BaseRecord>();
      if (base === null || numbers.length === 0) return found;
      const texts = await tree.readFiles(repository, base, numbers.map(recordPath));
      for (const number of numbers) {
        const path = recordPath(number);
        const text = texts.get(path) ?? null;
        if (text !== null) found.set(number, parseRecord(path, text));
      }
      return found;
    },
    async recordsBefore(answers) {
      const found = new Map<SyncAnswer, BaseRecord>();
      for (const answer of answers) {
        const { base: at, number } = answer;
        if (at === undefined || base === null) continue;
        if (!(await tree.isAncestor(repository, at, base))) continue;
        const then = sidesAt(ports, { repository, policy }, { head, base: at });
        const record = (await then.records([number])).get(number);
        if (record !== undefined) found.set(answer, record);
      }
      return found;
    },
    async files(paths, atMs = new Map()) {
      const found = new Map<string, ReadFile>();
      if (paths.length === 0) return found;
      const texts = await tree.readFiles(repository, head, paths);
      const there = [...texts].filter(([, text]) => text === null).map(([path]) => path);
      const unreadable = there.length === 0 ? [] : await notText(there);
      for (const [path, text] of texts) {
        if (text !== null) found.set(path, readFile(path, text, atMs.get(path) ?? null));
      }
      for (const path of unreadable) {
        const message = 'it is no UTF-8 text of 2 MiB at most';
        found.set(path, { kind: 'refused', refusal: { path, line: 1, message }, number: null });
      }
      return found;
    },
    async paths({ folder, archive }) {
      const folders = archive === false || isWithin(archive, folder) ? [folder] : [folder, archive];
      const lists = folders.map((each) => tree.listFiles(repository, head, each));
      return new Set((await Promise.all(lists)).flat());
    },
    holds: async (commit) => commit === head || tree.isAncestor(repository, commit, head),
  };

  /** Of paths without a text, those that are there. */
  async function notText(paths: readonly string[]): Promise<readonly string[]> {
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
    const lists = [...folders].map((folder) => tree.listFiles(repository, head, folder));
    const all = new Set((await Promise.all(lists)).flat());
    return paths.filter((path) => all.has(path));
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

export function readFile(path: string, text: string, atMs: number | null): ReadFile {
  const reading = parseIssueFile(path, text);
  return reading.kind === 'file'
    ? { kind: 'file', now: { file: reading.file, text, atMs } }
    : { ...reading, number: linkedNumberInLines(text) };
}

/** What a person has said of one issue. */
export function answersTo(
  answers: readonly SyncAnswer[],
  number: number,
  merged: Answers = {},
): Pick<IssueInput, 'answers' | 'deletedFile'> {
  const said: Partial<Record<FieldName, Answer>> = { ...merged };
  let deletedFile: IssueInput['deletedFile'] = null;
  for (const { number: about, field, take, text } of answers) {
    if (about !== number) continue;
    said[field] = take === 'text' ? { take, text: text ?? '' } : { take };
    if (field === 'state') deletedFile = take === 'file' ? 'close' : 'restore';
  }
  return { answers: said, deletedFile };
}
