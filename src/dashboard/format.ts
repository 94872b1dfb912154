/** Times and shares as the page writes them, and where things stand in the page and in the API. */
import { parseRolloutWorkflowId } from '../domain/names.js';

/** @example age(75_000) === '1 min 15 s' */
export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return min < 10 && s % 60 > 0 ? `${min} min ${s % 60} s` : `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 > 0 && h < 10 ? `${h} h ${min % 60} min` : `${h} h`;
  return `${Math.floor(h / 24)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export function timeOf(atMs: number): string {
  return clock.format(atMs);
}

export function dateOf(atMs: number): string {
  return dayAndClock.format(atMs);
}

export function rolloutHref(rolloutId: string): string {
  const { target, n } = parseRolloutWorkflowId(rolloutId);
  const region = target.region === undefined ? '' : `/${target.region}`;
  return `#/rollouts/${target.service}/${target.environment}${region}/${n}`;
}

export function releaseHref(service: string, version: string): string {
  return `#/releases/${service}/${encodeURIComponent(version)}`;
}

/** `environment` may name a region: `production/eu`. */
export function targetHref(service: string, environment: string): string {
  return `#/targets/${service}/${environment}`;
}

/** Path in the API of something that belongs to a target; the region goes into the query. */
export function apiPath(
  kind: 'targets' | 'rollouts',
  at: { readonly service: string; readonly environment: string; readonly region?: string },
  rest = '',
): string {
  const region = at.region === undefined ? '' : `?region=${encodeURIComponent(at.region)}`;
  const place = [at.service, at.environment].map(encodeURIComponent).join('/');
  return `/v1/${kind}/${place}${rest}${region}`;
}

/** Null unless the installation has a Temporal UI, named by an address that a browser may follow. */
export function temporalHref(base: string | null, workflowId: string): string | null {
  if (base === null || !/^https?:\/\//.test(base)) return null;
  return `${base.replace(/\/$/, '')}/workflows/${encodeURIComponent(workflowId)}`;
}
