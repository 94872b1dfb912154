/** Where things stand in the API. */
import {
  parseRolloutWorkflowId,
  type ReleaseKey,
  type RolloutKey,
  type TargetKey,
} from '../domain/names.js';

export function releaseLocation({ service, version }: ReleaseKey): string {
  return `/v1/releases/${service}/${encodeURIComponent(version)}`;
}

function regionQuery(target: TargetKey): string {
  return target.region === undefined ? '' : `?region=${target.region}`;
}

export function targetLocation(target: TargetKey): string {
  return `/v1/targets/${target.service}/${target.environment}${regionQuery(target)}`;
}

function rolloutLocation({ target, n }: RolloutKey): string {
  return `/v1/rollouts/${target.service}/${target.environment}/${n}${regionQuery(target)}`;
}

export function rolloutLocationOf(rolloutId: string): string {
  return rolloutLocation(parseRolloutWorkflowId(rolloutId));
}

export function targetOf(
  params: { readonly service: string; readonly environment: string },
  query: { readonly region?: string | undefined },
): TargetKey {
  const { service, environment } = params;
  return query.region === undefined
    ? { service, environment }
    : { service, environment, region: query.region };
}
