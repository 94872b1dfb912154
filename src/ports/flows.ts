/** The workflows of a repository, for activities that carry word to them. */
import type { RepositoryKey } from '../domain/repository/names.js';

/** How one is begun that does not run. */
export interface FlowBegin {
  readonly workflowType: string;
  readonly input: unknown;
  /** For lists of workflows. */
  readonly summary: string;
  /** `owner/name` */
  readonly repository: string;
}

/** When a release is to be started. */
export interface ReleaseTime {
  /** Unique in the repository, and another whenever anything of it is. */
  readonly key: string;
  /** Five fields, UTC. */
  readonly cron: string;
  /** Of the workflow `releaseBySchedule`. */
  readonly input: unknown;
}

export interface Flows {
  /** False when none of that id runs. @throws Unavailable */
  tell(workflowId: string, signal: string, argument: unknown): Promise<boolean>;
  /** Begun where it does not run, it hears the signal first. @throws Unavailable */
  tellOrBegin(
    workflowId: string,
    begin: FlowBegin,
    signal: string,
    argument: unknown,
  ): Promise<void>;
  /** False where one of that id runs already; with `once`, also where one has ended. @throws Unavailable */
  begin(
    workflowId: string,
    begin: FlowBegin & { readonly once?: true; readonly memo?: Readonly<Record<string, unknown>> },
  ): Promise<boolean>;
  /** From now on what webhooks do not tell is looked for there, at once and ever after. @throws Unavailable */
  keepRepository(repository: RepositoryKey): Promise<void>;
  /** Ends that. @throws Unavailable */
  leaveRepository(repository: RepositoryKey): Promise<void>;
  /** Exactly these times of the repository start something from now on; others of it are taken away. @throws Unavailable */
  setTimes(repository: RepositoryKey, times: readonly ReleaseTime[]): Promise<void>;
  /** What the workflow answers; null where none of that id runs. @throws Unavailable */
  ask(workflowId: string, query: string): Promise<unknown>;
  /** When the schedule began the pass before the one that runs, epoch milliseconds; null at the first. */
  passBeforeMs(scheduleId: string): Promise<number | null>;
  /** What the workflow noted for all to read, running or not long ended; null without one. @throws Unavailable */
  readMemo(workflowId: string): Promise<Readonly<Record<string, unknown>> | null>;
}
