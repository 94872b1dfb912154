/** Notes in the ledger that `sluice.yaml` is another than the last one recorded. */
import { readFile, stat } from 'node:fs/promises';
import { configChange, configSubject } from '../domain/ledger/config-change.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { findProjectFile } from './project.js';
import { readYaml } from './yaml-source.js';

export interface ProjectNotesOptions {
  /** The file, or a folder that holds `sluice.yaml`. */
  readonly path: string;
  readonly project: string;
  readonly ledger: {
    append(events: readonly LedgerEvent[]): Promise<void>;
    read(query: { subject: string; limit: number }): Promise<readonly LedgerEvent[]>;
  };
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Told when it could not be noted: nothing waits for it, and it is tried again at the next look. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Looks at the file when it is called, and never fails; a file that has not been touched is not read again. One look at a
 * time: calls during one are answered together by the next. A ledger may never answer, so nobody's answer may wait for it.
 */
export function createProjectNotes(options: ProjectNotesOptions): () => Promise<void> {
  const { path, project, ledger, clock, onTrouble } = options;
  let noted = '';
  let underWay: Promise<void> | null = null;
  let isAskedAgain = false;

  async function look(): Promise<void> {
    try {
      const file = await findProjectFile(path);
      const { mtimeMs, size, ino } = await stat(file);
      const stamp = `${ino}:${mtimeMs}:${size}`;
      if (stamp === noted) return;
      const { value } = readYaml(await readFile(file, 'utf8'), file);
      const subject = configSubject(project);
      const [last = null] = await ledger.read({ subject, limit: 1 });
      const at = new Date(clock()).toISOString();
      const event = configChange(last, Object(value) as object, { project, at });
      if (event !== null) await ledger.append([event]);
      noted = stamp;
    } catch (error) {
      onTrouble(error);
    }
  }

  async function lookWhileAsked(): Promise<void> {
    do {
      isAskedAgain = false;
      await look();
    } while (isAskedAgain);
    underWay = null;
  }

  return () => {
    isAskedAgain = true;
    underWay ??= lookWhileAsked();
    return underWay;
  };
}
