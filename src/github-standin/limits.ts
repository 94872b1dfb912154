/** Rate limits as GitHub counts them: primary per token and resource, secondary by the minute when switched on. */
import { limitProblem } from './faults.js';
import type { World } from './world.js';

const hourMs = 3_600_000;

export interface Limits {
  /** Requests an hour and token. */
  primaryPerHour: number;
  /** Off by default: tests write faster than people. */
  isSecondaryOn: boolean;
  contentPerMinute: number;
  contentPerHour: number;
  pointsPerMinute: number;
}

export interface Bucket {
  readonly resource: string;
  readonly limit: number;
  readonly used: number;
  readonly resetS: number;
}

export interface Meter {
  readonly limits: Limits;
  readonly look: (token: string, resource: string) => Bucket;
  /** @throws Problem 403 of either limit */
  readonly spend: (token: string, resource: string, points: number) => void;
  /** @throws Problem 403 */
  readonly spendSecondary: (token: string, isWrite: boolean, isContent: boolean) => void;
  /** One more that makes content. @throws Problem 403 */
  readonly spendContent: (token: string) => void;
}

export function createMeter(world: World): Meter {
  const limits: Limits = {
    primaryPerHour: 5000,
    isSecondaryOn: false,
    contentPerMinute: 80,
    contentPerHour: 500,
    pointsPerMinute: 900,
  };
  const buckets = new Map<string, { used: number; resetS: number }>();
  const content = new Map<string, number[]>();
  const points = new Map<string, { atMs: number; points: number }[]>();
  const open = (token: string, resource: string) => {
    const key = `${token} ${resource}`;
    const now = world.clock.now();
    const old = buckets.get(key);
    if (old !== undefined && old.resetS * 1000 > now) return old;
    const fresh = { used: 0, resetS: Math.floor((now + hourMs) / 1000) };
    buckets.set(key, fresh);
    return fresh;
  };
  const refuse = (retryAfterS: number) =>
    limitProblem({ operation: '*', kind: 'secondaryLimit', retryAfterS }, 0);
  const spendContent = (token: string) => {
    if (!limits.isSecondaryOn) return;
    const now = world.clock.now();
    const made = (content.get(token) ?? []).filter((atMs) => atMs > now - hourMs);
    const thisMinute = made.filter((atMs) => atMs > now - 60_000).length;
    if (thisMinute >= limits.contentPerMinute) throw refuse(60);
    if (made.length >= limits.contentPerHour) throw refuse(600);
    made.push(now);
    content.set(token, made);
  };
  return {
    limits,
    look: (token, resource) => {
      const { used, resetS } = open(token, resource);
      return { resource, limit: limits.primaryPerHour, used, resetS };
    },
    spend: (token, resource, spent) => {
      const bucket = open(token, resource);
      if (bucket.used + spent > limits.primaryPerHour) {
        throw limitProblem({ operation: '*', kind: 'primaryLimit' }, bucket.resetS);
      }
      bucket.used += spent;
    },
    spendSecondary: (token, isWrite, isContent) => {
      if (!limits.isSecondaryOn) return;
      const now = world.clock.now();
      const lately = (points.get(token) ?? []).filter(({ atMs }) => atMs > now - 60_000);
      const spent = lately.reduce((sum, one) => sum + one.points, 0);
      if (spent >= limits.pointsPerMinute) throw refuse(60);
      lately.push({ atMs: now, points: isWrite ? 5 : 1 });
      points.set(token, lately);
      if (isContent) spendContent(token);
    },
    spendContent,
  };
}
