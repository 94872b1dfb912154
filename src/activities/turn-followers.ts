/** Turns what stands beside a target to its stable revision, as well as a few seconds allow. */
import { cancellationSignal, log, sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import { targetPath } from '../domain/names.js';
import type { Followers } from '../ports/followers.js';
import type { Platform } from '../ports/platform.js';

const patienceMs = 6_000;
const pauseMs = 500;

type Turn = Parameters<Followers['turn']>[0];

/**
 * A revision is stable with or without its autoscaler, so nothing is thrown: what did not turn is recorded, and the
 * reconciler comes back to it. A decision that cancels the activity does not wait for it either.
 *
 * @returns why it was not turned; null when it was
 */
export async function turnFollowers(platform: Platform, turn: Turn): Promise<string | null> {
  const { followers } = platform;
  if (followers === undefined) return null;
  const over = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(patienceMs)]);
  let trouble = `not within ${patienceMs} ms`;
  async function attempts(from: Followers): Promise<boolean> {
    while (!over.aborted) {
      try {
        await from.turn(turn);
        return true;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        if (error instanceof Failure && error.code === 'StaleWrite') return false;
      }
      // Cut short by being cancelled, which is seen above.
      await sleep(pauseMs).catch(() => null);
    }
    return false;
  }
  const givenUp = new Promise<false>((resolve) => {
    if (over.aborted) resolve(false);
    else over.addEventListener('abort', () => resolve(false), { once: true });
  });
  if (await Promise.race([attempts(followers), givenUp])) return null;
  if (cancellationSignal().aborted) trouble = 'another decision came first';
  log.warn('what follows was not turned', { target: targetPath(turn.target), reason: trouble });
  return trouble;
}
