/**
 * What a tool has to offer to be compared: how it is begun in a repository, run once, and how its files are read and
 * written. All else is done to it from outside: by people at GitHub and in files, and by what befalls its requests.
 */
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import type { Control } from '../../src/github-standin/control.js';

/** Where a tool is to work. */
export interface ComparedPlace {
  readonly repository: RepositoryKey;
  /** Of GitHub's API, through which everything that befalls a tool on its way befalls it. */
  readonly apiUrl: string;
  /** To clone from and push to, the same way. */
  readonly cloneUrl: string;
  /** Of somebody who may do everything there. */
  readonly token: string;
  /** Of the stand-in itself, for drivers that live in this process. */
  readonly control: Control;
}

/** Paths and texts; null deletes. */
export type FileChanges = Readonly<Record<string, string | null>>;

export interface WrittenIssue {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}

/** How a tool writes an issue in a file. */
export interface FileFormat {
  /** Path and text of a file that is to become an issue. */
  create(issue: WrittenIssue): { readonly path: string; readonly text: string };
  /** The issue that a file is of; null: none yet. */
  numberOf(path: string, text: string): number | null;
  read(text: string): WrittenIssue;
  /** As a person edits it: all else stays. */
  edit(text: string, change: Partial<WrittenIssue>): string;
  /** A comment to be posted; null where the tool posts none. */
  comment(path: string, text: string, comment: string): FileChanges | null;
}

export interface ToolAtWork {
  readonly format: FileFormat;
  /** Once, to its end; whether it went well is seen by what it leaves. */
  run(): Promise<void>;
  /** As people see them. */
  files(): Promise<ReadonlyMap<string, string>>;
  /** Of a person, before the next run. */
  write(changes: FileChanges): Promise<void>;
  /** Issues about which somebody is asked. */
  asked(): Promise<readonly number[]>;
  /** Texts that are kept for people elsewhere than in files and issues, such as on a branch. */
  elsewhere(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface ToolDriver {
  readonly name: string;
  /** What is measured: the tool's version, or where its behaviour is known from. */
  readonly version: string;
  begin(place: ComparedPlace): Promise<ToolAtWork>;
  stop(): Promise<void>;
}
