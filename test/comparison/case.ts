/** A case of the comparison: what people and mishaps do around a tool, and what it may not have lost or doubled then. */
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import type { Control } from '../../src/github-standin/control.js';
import type { Item } from '../../src/github-standin/state.js';
import type { ToolAtWork, WrittenIssue } from './driver.js';
import type { Interference } from './interference.js';

export interface Scene {
  readonly tool: ToolAtWork;
  readonly control: Control;
  readonly repository: RepositoryKey;
  readonly mishaps: Interference;
  /** At GitHub, of a person. */
  create(issue: Partial<WrittenIssue> & { readonly title: string }): Promise<number>;
  edit(number: number, change: Partial<WrittenIssue>): Promise<void>;
  issue(number: number): Item;
  issues(): readonly Item[];
  /** The file of an issue; fails where there is none, or more than one. */
  fileOf(number: number): Promise<{ readonly path: string; readonly text: string }>;
  /** Of all files of issues that there are. */
  numbers(): Promise<readonly (number | null)[]>;
  /** In its file, of a person. */
  editFile(number: number, change: Partial<WrittenIssue>): Promise<void>;
  /** Everything that people can still read somewhere. */
  everything(): Promise<string>;
  /** Both sides as they are: another run of a tool at rest changes nothing of it. */
  state(): Promise<string>;
}

export interface ComparedCase {
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly holds: string;
  /** Which other tool does otherwise, where that is known from; null: none that is known. */
  readonly elsewhere: string | null;
  /** @throws AssertionError for what does not hold, CannotDo for what the tool does not offer */
  run(scene: Scene): Promise<void>;
}

/** The tool has no such thing, so that it is neither right nor wrong. */
export class CannotDo extends Error {}

export type Verdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly seen: string }
  | { readonly kind: 'cannot'; readonly reason: string };
