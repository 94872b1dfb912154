/** Who applies the branch to a cluster, and what it says of itself: the same few words for every kind of follower. */
import type { TargetKey } from '../../domain/names.js';

export interface FollowerReading {
  /** Commits that the cluster runs now, one for each source; empty before the first. */
  readonly live: readonly string[];
  /** The cluster is as those commits say, and nothing is under way. */
  readonly settled: boolean;
  readonly health: 'healthy' | 'progressing' | 'failing';
  /** Commits that it tried to apply and gave up on. */
  readonly failed: readonly string[];
  /** One line; null when all is well. */
  readonly reason: string | null;
}

export interface Follower {
  /** `Application argocd/checkout-production`, for messages. */
  nameOf(target: TargetKey): string;
  /**
   * @throws NotFound when there is no such object; InvalidInput for one that cannot say what it is asked; Unavailable
   */
  read(target: TargetKey): Promise<FollowerReading>;
}

/** What is read of any object. */
export interface FollowedObject {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: object;
  readonly status?: object;
}

/** Null when there is no such object. @throws Forbidden; Unavailable */
export type ReadObject = (
  kind: { readonly apiVersion: string; readonly kind: string; readonly plural: string },
  name: string,
) => Promise<FollowedObject | null>;

const longestReason = 300;

/** Joins what there is of it to one line; null when there is nothing. */
export function oneLine(...parts: readonly (string | undefined | null)[]): string | null {
  const text = parts.filter(Boolean).join(': ').replace(/\s+/g, ' ').trim();
  return text.slice(0, longestReason) || null;
}
