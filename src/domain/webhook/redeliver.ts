/** Which deliveries are asked for once more: those that no attempt has brought. */

export interface DeliveryAttempt {
  readonly id: string;
  /** The same for all attempts of a delivery. */
  readonly guid: string;
  readonly deliveredAtMs: number;
  /** HTTP status of our answer; 0 without one. */
  readonly status: number;
}

export interface RedeliveryPlan {
  /** Of the newest attempt of each. */
  readonly ids: readonly string[];
  /** Tried so often that once more is no use. */
  readonly givenUp: readonly string[];
}

/** Still under way, as far as one knows. */
const settledAfterMs = 30_000;
/** Each attempt is left longer than the one before: 1, 4, 9 … minutes. */
const pauseMs = 60_000;
const mostAttempts = 8;
/** A delivery has arrived or is given up by then: all pauses together, and some for the looks between them. */
export const longestRetryMs = 6 * 3_600_000;

export function planRedelivery(
  attempts: readonly DeliveryAttempt[],
  nowMs: number,
): RedeliveryPlan {
  const byGuid = new Map<string, DeliveryAttempt[]>();
  for (const attempt of attempts) {
    byGuid.set(attempt.guid, [...(byGuid.get(attempt.guid) ?? []), attempt]);
  }
  const open = [...byGuid.values()].filter((all) => !all.some(hasArrived));
  const hopeless = open.filter((all) => all.length >= mostAttempts || all.some(isRefused));
  const waiting = open.filter((all) => !hopeless.includes(all));
  const due = waiting.filter((all) => {
    const restedMs = nowMs - newestOf(all).deliveredAtMs;
    // The first time it is soon: a restart of ours is over by then.
    const wantedMs = all.length === 1 ? settledAfterMs : all.length ** 2 * pauseMs;
    return restedMs >= wantedMs;
  });
  return {
    ids: due.map((all) => newestOf(all).id),
    givenUp: hopeless.map((all) => newestOf(all).guid),
  };
}

function hasArrived({ status }: DeliveryAttempt): boolean {
  return status >= 200 && status < 300;
}

/** Too long, or no event at all: the same bytes will be refused again. A wrong secret may be mended. */
function isRefused({ status }: DeliveryAttempt): boolean {
  return status === 413 || status === 415;
}

function newestOf(all: readonly DeliveryAttempt[]): DeliveryAttempt {
  return all.reduce((a, b) => (b.deliveredAtMs > a.deliveredAtMs ? b : a));
}
