/** The parts of Jobs and CronJobs that are read or written here. */
import type { Condition, Container, KubernetesObject, ObjectKind, PodSpec } from '../objects.js';

export interface JobSpec {
  readonly suspend?: boolean;
  readonly selector?: object;
  readonly manualSelector?: boolean;
  readonly ttlSecondsAfterFinished?: number;
  readonly template: {
    readonly metadata?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: PodSpec & { readonly initContainers?: readonly Container[] };
  };
}

export interface Job extends KubernetesObject {
  readonly spec: JobSpec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface CronJob extends KubernetesObject {
  readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } };
}

export const jobKind: ObjectKind<Job> = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' };

export const cronJobKind: ObjectKind<CronJob> = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  plural: 'cronjobs',
};

/** How it ended; null while it has not. */
export function endOf({ status }: Job): { readonly ok: boolean; readonly reason: string } | null {
  for (const { type, status: is, reason, message } of status?.conditions ?? []) {
    if (is !== 'True') continue;
    if (type === 'Complete') return { ok: true, reason: '' };
    if (type === 'Failed') return { ok: false, reason: reason ?? message ?? 'it failed' };
  }
  return null;
}
