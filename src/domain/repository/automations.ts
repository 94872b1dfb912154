/** What Sluice does in a repository by itself, and in which repositories it does so already. */
import { type RepositoryKey, repositoryPath } from './names.js';

export const automations = [
  'pullChecks',
  'staleBranches',
  'staleItems',
  'autoMerge',
  'mergeQueue',
  'issueLifecycle',
  'issueSync',
  'developReset',
  'protection',
  'deployments',
  'triggers',
] as const;

export type Automation = (typeof automations)[number];

/** Where an automation is on: nowhere but in those listed, or in a share of all as well. */
export interface Enablement {
  /** Of all repositories, 0–100. */
  readonly percent: number;
  /** `owner/name`, on whatever the share. */
  readonly repositories: readonly string[];
}

/** Why an automation does nothing here; null where it is on. */
export function stagedOut(
  automation: Automation,
  repository: RepositoryKey,
  enablement: Enablement | boolean | undefined,
): string | null {
  if (enablement === undefined || enablement === true) return null;
  if (enablement === false) return 'it is switched off by repository.enable';
  const path = repositoryPath(repository).toLowerCase();
  if (enablement.repositories.some((each) => each.toLowerCase() === path)) return null;
  if (bucketOf(automation, repository) < enablement.percent) return null;
  return `it is on in ${enablement.percent} % of repositories, and this one is not among them`;
}

/**
 * 0–99, always the same for a repository: whoever is in at 10 % is in at 20 %. Each automation draws anew, so that not
 * the same repositories come first with everything.
 */
export function bucketOf(automation: Automation, repository: RepositoryKey): number {
  const text = `${automation} ${repositoryPath(repository).toLowerCase()}`;
  // FNV-1a with MurmurHash3's last mixing: the few low bits that % takes would repeat otherwise.
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % 100;
}
