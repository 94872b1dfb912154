/** Which version comes next after a range of commits, and which commit asks for it. */
import { type ParsedCommit, parseCommit } from './parse.js';

/** What a change is to a version, smallest first. */
export const bumps = ['none', 'patch', 'minor', 'major'] as const;
export type Bump = (typeof bumps)[number];

export interface BumpPolicy {
  /** Types, lower case. */
  readonly minor: readonly string[];
  readonly patch: readonly string[];
  /** What changes mean while the version is 0.y.z. */
  readonly preMajor: {
    readonly breaking: 'major' | 'minor';
    readonly feature: 'minor' | 'patch';
  };
}

/** What the specification says, and no more. */
export const specificationPolicy: BumpPolicy = {
  minor: ['feat'],
  patch: ['fix'],
  preMajor: { breaking: 'major', feature: 'minor' },
};

export interface RangeCommit {
  readonly sha: string;
  readonly message: string;
}

export interface BumpReason {
  readonly sha: string;
  readonly header: string;
  readonly bump: Bump;
}

export interface RangeBump {
  readonly bump: Bump;
  /** Every commit that asks for a version at all, newest first. */
  readonly reasons: readonly BumpReason[];
  /** By the newest `Release-As:` footer; null without one. */
  readonly releaseAs: string | null;
}

export function greaterBump(a: Bump, b: Bump): Bump {
  return bumps.indexOf(a) >= bumps.indexOf(b) ? a : b;
}

/** Of one commit alone. A revert is a patch: what it takes back was released, or it would be in the same range. */
export function bumpOfCommit(commit: ParsedCommit, policy: BumpPolicy): Bump {
  if (commit.kind === 'revert') return 'patch';
  if (commit.kind !== 'conventional') return 'none';
  if (commit.breaking.length > 0) return 'major';
  if (policy.minor.includes(commit.type)) return 'minor';
  const isPatch = policy.patch.includes(commit.type) || commit.type === 'revert';
  return isPatch ? 'patch' : 'none';
}

/**
 * A commit and the revert of it in the same range are both as if they had not been; a revert of the revert brings it back.
 * @param commits oldest first
 * @param current version before them; null when there was none, which is as 1.y.z
 * @example bumpOf([feat, fix], specificationPolicy, '1.2.3').bump === 'minor'
 */
export function bumpOf(
  commits: readonly RangeCommit[],
  policy: BumpPolicy,
  current: string | null,
): RangeBump {
  const undone = new Set<string>();
  const reasons: BumpReason[] = [];
  let releaseAs: string | null = null;
  for (const { sha, message } of commits.toReversed()) {
    if (undone.has(sha)) continue;
    const commit = parseCommit(message);
    const reverts =
      commit.kind === 'revert' || commit.kind === 'conventional' ? commit.reverts : [];
    const within = reverts.map((reverted) => commits.find((one) => one.sha.startsWith(reverted)));
    for (const one of within) if (one) undone.add(one.sha);
    const takesBackOnlyThese = reverts.length > 0 && within.every((one) => one !== undefined);
    if (commit.kind === 'conventional') releaseAs ??= releaseAsOf(commit.footers);
    const bump = takesBackOnlyThese ? 'none' : bumpOfCommit(commit, policy);
    if (bump !== 'none') reasons.push({ sha, header: commit.header, bump });
  }
  const greatest = reasons.reduce<Bump>((most, { bump }) => greaterBump(most, bump), 'none');
  return { bump: beforeMajor(greatest, policy, current), reasons, releaseAs };
}

function releaseAsOf(
  footers: readonly { readonly token: string; readonly value: string }[],
): string | null {
  const found = footers.find(({ token }) => token.toLowerCase() === 'release-as');
  return found?.value ?? null;
}

function beforeMajor(bump: Bump, { preMajor }: BumpPolicy, current: string | null): Bump {
  if (current === null || !/^v?0\./.test(current)) return bump;
  if (bump === 'major') return preMajor.breaking;
  return bump === 'minor' ? preMajor.feature : bump;
}
