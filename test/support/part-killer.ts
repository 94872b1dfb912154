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

export interface Killing {
  readonly kills: readonly Kill[];
  /** Parts that ended because another was gone, and were started again as a supervisor does. */
  readonly ended: readonly string[];
}

const longest = { gapMs: 1500, aimMs: 4000, downMs: 1200, startingMs: 1500 };
const againMs = 300;
/** What lacks another part may end some time after it was ready. */
const steadyMs = 5000;

/** Resolves when so many kills have been and everything has been running again for a while. */
export async function killAtRandom(count: number, plan: KillPlan): Promise<Killing> {
  const { parts, random, writingOf } = plan;
  const kills: Kill[] = [];
  const ended: string[] = [];
  const back = new Map<string, Promise<void>>();
  /** Struck or ended, and not ready again yet. */
  const away = new Set<string>();
  let steadySinceMs = Date.now();
  const strike = async (part: string, moment: Kill['moment']) => {
    away.add(part);
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
        await parts[part]?.start();
        steadySinceMs = Date.now();
        return void away.delete(part);
      } catch {
        await sleep(againMs);
      }
    }
  };
  const restartEnded = () => {
    for (const [part, each] of Object.entries(parts)) {
      if (away.has(part) || each.isRunning()) continue;
      away.add(part);
      ended.push(part);
      back.set(part, bringBack(part, 0, null));
    }
  };
  const supervising = setInterval(restartEnded, againMs);
  try {
    let round: string[] = [];
    for (let planned = 0; planned < count; planned += 1) {
      if (round.length === 0) round = shuffled(Object.keys(parts), random);
      const part = round.pop() as string;
      await back.get(part);
      await sleep(random() * longest.gapMs);
      const earlier = kills.filter((kill) => kill.part === part).length;
      // In turn, so that the fewest kills have some of both.
      const writing = earlier % 2 === 0 ? writingOf[part] : undefined;
      const isAimed =
        writing !== undefined &&
        (await Promise.race([writing().then(() => true), sleep(longest.aimMs, false)]));
      // It may have ended by itself meanwhile.
      await back.get(part);
      await strike(part, isAimed ? 'writing' : 'any');
      const strikesAgain = planned + 1 < count && random() < 0.15;
      if (strikesAgain) planned += 1;
      const strikesAfterMs = strikesAgain ? random() * longest.startingMs : null;
      back.set(part, bringBack(part, random() * longest.downMs, strikesAfterMs));
    }
    while (away.size > 0 || Date.now() - steadySinceMs < steadyMs) await sleep(againMs);
  } finally {
    clearInterval(supervising);
  }
  return { kills, ended };
}

function shuffled(names: readonly string[], random: Random): string[] {
  const drawn = names.map((name) => ({ name, at: random() }));
  return drawn.toSorted((a, b) => a.at - b.at).map(({ name }) => name);
}
