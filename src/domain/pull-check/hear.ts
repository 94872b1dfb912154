/** Which events make a pull request be looked at again. */
import type { RepositoryEvent } from '../webhook/event.js';

export type HeardOfPull =
  /** It may have changed. */
  | {
      readonly kind: 'changed';
      readonly cause: string;
      /** When it changed by the host's clock; null where only its arrival is known. */
      readonly atMs: number | null;
      /** Its head then; null where it is not told. */
      readonly sha: string | null;
    }
  /** The host's merge queue asks for the checks of this head, too. */
  | { readonly kind: 'group'; readonly cause: string; readonly sha: string }
  | { readonly kind: 'over'; readonly cause: string };

const telling: ReadonlySet<string> = new Set([
  ...['opened', 'edited', 'synchronize', 'labeled', 'unlabeled'],
  ...['readyForReview', 'convertedToDraft', 'reopened', 'other'],
]);

/**
 * Null for what changes nothing.
 * @param ours labels that we have just changed: the host tells us of our own deeds
 */
export function hearOfPull(
  event: RepositoryEvent,
  number: number,
  ours: ReadonlySet<string>,
): HeardOfPull | null {
  const by = event.actor === null ? '' : ` by ${event.actor.login}`;
  if (event.kind === 'pull') {
    if (event.number !== number) return null;
    if (event.state === 'closed') return { kind: 'over', cause: `closed${by}` };
    const isOwn = event.actor?.kind === 'bot' && event.label !== null && ours.has(event.label);
    if (!telling.has(event.action) || isOwn) return null;
    const { action, atMs, head } = event;
    return { kind: 'changed', cause: `${action}${by}`, atMs, sha: head.sha };
  }
  if (event.kind === 'check') {
    const isOfIt = event.pulls.includes(number) || event.externalId.includes(`:${number}/`);
    if (event.action !== 'rerequested' || !isOfIt) return null;
    return { kind: 'changed', cause: `asked for again${by}`, atMs: null, sha: null };
  }
  if (event.kind === 'mergeGroup') {
    const isOurs = event.action === 'checksRequested' && pullOfGroup(event.headRef) === number;
    return isOurs ? { kind: 'group', cause: 'merge queue', sha: event.headSha } : null;
  }
  return null;
}

/**
 * The pull request that a head of GitHub's merge queue adds to those before it; null for other refs.
 * @example pullOfGroup('refs/heads/gh-readonly-queue/main/pr-12-0a1b2c') === 12
 */
export function pullOfGroup(ref: string): number | null {
  const [, number] =
    /^(?:refs\/heads\/)?gh-readonly-queue\/.+\/pr-(\d{1,10})-[0-9a-f]{6,64}$/.exec(ref) ?? [];
  return number === undefined ? null : Number(number);
}
