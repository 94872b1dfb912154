/** Kills the parts of a stack one after the other at seeded points, some of them in the moment of a write, and starts them again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../unit/analysis/seeded-random.js';
import type { LocalProcess } from './local-process.js';

export interface Kill {
  readonly part: string;
  readonly atMs: number;
  /** What the part was doing: anything, a write of a split, or just starting. */
  readonly moment: 'any' | 'writing' | 'starting';
}

export interface KillPlan {
  readonly parts: Readonly<Record<string, LocalProcess>>;
  readonly random: Random;
  /** Resolves in the moment at which a part writes; parts without one are killed at any moment. */
  readonly writingOf: Readonly<Record<string, () => Promise<void>>>;
}

const longest = { gapMs: 1500, aimMs: 4000, downMs: 1200, startingMs: 1500 };
const againMs = 300;

/** Resolves with the kills when so many have been and everything runs again. */
export async function killAtRandom(count: number, plan: KillPlan): Promise<readonly Kill[]> {
  const { parts, random, writingOf } = plan;
  const kills: Kill[] = [];
  const back = new Map<string, Promise<void>>();
  const strike = async (part: string, moment: Kill['moment']) => {
    await parts[part]?.kill();
    kills.push({ part, atMs: Date.now(), moment });
  };
  /** As a supervisor does: until it serves, for it may need another part that is down too. */
  const bringBack = async (part: string, downMs: number, strikesAfterMs: number | null) => {
    await sleep(downMs);
    if (strikesAfterMs !== null) {
      const started = parts[part]?.start().catch(() => undefined);
      await Promise.race([started, sleep(strikesAfterMs)]);
      await strike(part, 'starting');
      await started;
    }
    for (;;) {
      try {
        return await parts[part]?.start();
      } catch {
        await sleep(againMs);
      }
    }
  };
  let round: string[] = [];
  for (let planned = 0; planned < count; planned += 1) {
    if (round.length === 0) round = shuffled(Object.keys(parts), random);
    const part = round.pop() as string;
    await back.get(part);
    await sleep(random() * longest.gapMs);
    const earlier = kills.filter((kill) => kill.part === part).length;
    // In turn, so that the fewest kills have some of both.
    const writing = earlier % 2 === 0 ? writingOf[part] : undefined;
    if (writing) {
      const aimed = await Promise.race([writing().then(() => true), sleep(longest.aimMs, false)]);
      await strike(part, aimed ? 'writing' : 'any');
    } else await strike(part, 'any');
    const strikesAgain = planned + 1 < count && random() < 0.15;
    if (strikesAgain) planned += 1;
    const strikesAfterMs = strikesAgain ? random() * longest.startingMs : null;
    back.set(part, bringBack(part, random() * longest.downMs, strikesAfterMs));
  }
  await Promise.all(back.values());
  return kills;
}

function shuffled(names: readonly string[], random: Random): string[] {
  const drawn = names.map((name) => ({ name, at: random() }));
  return drawn.toSorted((a, b) => a.at - b.at).map(({ name }) => name);
}
