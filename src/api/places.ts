/** Places for what goes on at once: so many for one token, so many in all. */
import { Failure } from '../domain/failures.js';

export interface Places {
  /** A place until the answer is called; RateLimited or Unavailable when there is none. */
  take(tokenId: string): () => void;
}

export function createPlaces(limits: {
  readonly perToken: number;
  readonly inAll: number;
}): Places {
  const byToken = new Map<string, number>();
  let inAll = 0;
  return {
    take(tokenId) {
      const own = byToken.get(tokenId) ?? 0;
      if (own >= limits.perToken) throw noPlace('RateLimited', 'with this token', limits.perToken);
      if (inAll >= limits.inAll) throw noPlace('Unavailable', 'here', limits.inAll);
      byToken.set(tokenId, own + 1);
      inAll += 1;
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        inAll -= 1;
        const left = (byToken.get(tokenId) ?? 1) - 1;
        if (left === 0) byToken.delete(tokenId);
        else byToken.set(tokenId, left);
      };
    },
  };
}

function noPlace(code: 'RateLimited' | 'Unavailable', where: string, limit: number): Failure {
  return new Failure(code, `Too much is watched ${where}`, {
    seen: `${limit} at once`,
    limit: `${limit} at once`,
    next: 'end what is not looked at any more, then watch again',
    retryAfterMs: 5000,
  });
}
