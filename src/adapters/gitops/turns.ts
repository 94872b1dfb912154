/** Lets writers of one branch go one after the other, because of two at once one would only be refused. */

/** A way back goes before everything that waits. */
export type Urgency = 'ordinary' | 'urgent';

export type TakeTurn = <Result>(urgency: Urgency, act: () => Promise<Result>) => Promise<Result>;

export function createTurns(): TakeTurn {
  const waiting: { readonly urgency: Urgency; readonly begin: () => void }[] = [];
  let busy = false;

  function next(): void {
    const urgent = waiting.findIndex(({ urgency }) => urgency === 'urgent');
    const [chosen] = waiting.splice(Math.max(0, urgent), 1);
    busy = chosen !== undefined;
    chosen?.begin();
  }

  return async (urgency, act) => {
    if (busy) await new Promise<void>((begin) => waiting.push({ urgency, begin }));
    busy = true;
    try {
      return await act();
    } finally {
      next();
    }
  };
}
