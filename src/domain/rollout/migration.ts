/** A migration that runs once before a revision is deployed, and how it stands. */

export interface MigrationSpec {
  /** Name of what it is made from; on Kubernetes a suspended Job or a CronJob. */
  readonly job: string;
  readonly deadlineMs: number;
  /** So many of its last lines are told and recorded when it fails; 0: none, where they could hold secrets. */
  readonly logLines: number;
}

export type MigrationStatus =
  | {
      readonly kind: 'running';
      /** What runs, and how to look at it. */
      readonly where: string;
      /** What it waits for; null while it simply runs. */
      readonly reason: string | null;
    }
  | { readonly kind: 'succeeded'; readonly where: string }
  | {
      readonly kind: 'failed';
      readonly where: string;
      readonly reason: string;
      /** The last lines it wrote, at most 4 kB. */
      readonly log: readonly string[];
      /** The command that shows all of it. */
      readonly next: string;
    };
