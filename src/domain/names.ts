/** How services, environments and regions are named, and the workflow ids made from them, each with its inverse. */
import { Failure } from './failures.js';

/** A semantic version, build metadata allowed. */
export const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** DNS-label form, so that every name also fits a Kubernetes label, a URL and a workflow id. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The thing that has exactly one writer: a service in an environment, and a region where there are several. */
export interface TargetKey {
  readonly service: string;
  readonly environment: string;
  readonly region?: string;
}

export interface ReleaseKey {
  readonly service: string;
  /** Semantic version without a leading `v`. */
  readonly version: string;
}

export interface RolloutKey {
  readonly target: TargetKey;
  /** Issued by the target, counting from 1, never reused. */
  readonly n: number;
}

function targetParts(target: TargetKey): string {
  const region = target.region === undefined ? '' : `:${target.region}`;
  return `${target.service}:${target.environment}${region}`;
}

/** `target:<service>:<environment>[:<region>]` */
export function targetWorkflowId(target: TargetKey): string {
  return `target:${targetParts(target)}`;
}

/** `rollout:<service>:<environment>[:<region>]:<n>` */
export function rolloutWorkflowId({ target, n }: RolloutKey): string {
  return `rollout:${targetParts(target)}:${n}`;
}

/** `release:<service>:<version>` */
export function releaseWorkflowId({ service, version }: ReleaseKey): string {
  return `release:${service}:${version}`;
}

/** `deployment:<service>:<version>:<run>`: one for each run of a release. */
export function deploymentWorkflowId({ service, version }: ReleaseKey, runId: string): string {
  return `deployment:${service}:${version}:${runId}`;
}

/** `deployment-rollout:<service>:<environment>[:<region>]:<n>:<run>`: one for each run of a rollout without a release. */
export function rolloutDeploymentWorkflowId({ target, n }: RolloutKey, runId: string): string {
  return `deployment-rollout:${targetParts(target)}:${n}:${runId}`;
}

/** `checkout/production/eu`: how people, paths and the search attribute `Environment` write a target. */
export function targetPath(target: TargetKey): string {
  return `${target.service}/${environmentPath(target)}`;
}

/** `production` or `production/eu`: the value of the search attribute `Environment`. */
export function environmentPath(target: TargetKey): string {
  return target.region === undefined
    ? target.environment
    : `${target.environment}/${target.region}`;
}

/** Inverse of {@link environmentPath}, for a service. */
export function targetAt(service: string, path: string): TargetKey {
  const [environment = '', region] = path.split('/');
  return region === undefined ? { service, environment } : { service, environment, region };
}

/** The environment that a stage belongs to. @example environmentOfPath('production/eu') === 'production' */
export function environmentOfPath(path: string): string {
  return path.split('/')[0] ?? path;
}

/** An environment named alone stands for all of its regions. */
export function isWithin(stage: string, named: string | null | undefined): boolean {
  return stage === named || environmentOfPath(stage) === named;
}

function notAnId(kind: string, id: string): Failure {
  return new Failure('InvalidInput', `"${id}" is not a ${kind} id`, { where: id });
}

function targetOf(parts: readonly string[], kind: string, id: string): TargetKey {
  const [service, environment, region, ...more] = parts;
  const named = [service, environment, ...(region === undefined ? [] : [region])];
  if (more.length > 0 || !named.every((name) => name !== undefined && namePattern.test(name))) {
    throw notAnId(kind, id);
  }
  const key = { service: service as string, environment: environment as string };
  return region === undefined ? key : { ...key, region };
}

/** Inverse of {@link targetWorkflowId}; InvalidInput for anything else. */
export function parseTargetWorkflowId(id: string): TargetKey {
  const [kind, ...parts] = id.split(':');
  if (kind !== 'target') throw notAnId('target', id);
  return targetOf(parts, 'target', id);
}

/** Inverse of {@link rolloutWorkflowId}; InvalidInput for anything else. */
export function parseRolloutWorkflowId(id: string): RolloutKey {
  const [kind, ...parts] = id.split(':');
  const n = Number(parts.pop());
  if (kind !== 'rollout' || !Number.isSafeInteger(n) || n < 1) throw notAnId('rollout', id);
  return { target: targetOf(parts, 'rollout', id), n };
}

/** Inverse of {@link releaseWorkflowId}; InvalidInput for anything else. */
export function parseReleaseWorkflowId(id: string): ReleaseKey {
  const [kind, service, version, ...more] = id.split(':');
  if (kind !== 'release' || !service || !version || more.length > 0) throw notAnId('release', id);
  return { service, version };
}

/** Inverse of {@link deploymentWorkflowId}; InvalidInput for anything else. */
export function parseDeploymentWorkflowId(id: string): {
  readonly release: ReleaseKey;
  readonly runId: string;
} {
  const [kind, service, version, runId, ...more] = id.split(':');
  if (kind !== 'deployment' || !service || !version || !runId || more.length > 0) {
    throw notAnId('deployment', id);
  }
  return { release: { service, version }, runId };
}
