/** One hundredth of the benchmark's false alarms with every change: as shipped, other cells and streams each time. */
import assert from 'node:assert/strict';
import { coreCells } from '../../bench/analysis/cells.js';
import { atMost, upper99 } from '../../bench/analysis/clopper-pearson.js';
import { secondsByName, secondsToRollback } from '../../bench/analysis/detection.js';
import { countRolledBack, isRolledBack } from '../../bench/analysis/false-alarms.js';
import { settings } from '../../bench/analysis/peers.js';
import type { World } from '../../bench/analysis/traffic.js';
import { streamFrom } from './seeded-random.js';

const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const runs = 100;
const cells = coreCells();
const turn = seed % 6;
const chosen = cells.filter((_, n) => (n + Math.floor(n / 6)) % 6 === turn);

describe(`a hundredth of the analysis benchmark (seed ${seed}, ${runs} runs a cell)`, () => {
  it('has each rate with each base and each dispersion, and each shape and plan with most', () => {
    assert.equal(new Set(cells.map(({ name }) => name)).size, 36);
    const pairs = (a: keyof World, b: keyof World) =>
      new Set(cells.map(({ world }) => JSON.stringify([world[a], world[b]]))).size;
    assert.deepEqual(
      [pairs('perSecond', 'spread'), pairs('base', 'spread'), pairs('shape', 'spread')],
      [12, 9, 9],
    );
    assert.deepEqual([pairs('plan', 'spread'), pairs('plan', 'perSecond')], [6, 8]);
  });

  for (const { name, world } of chosen) {
    it(`${name}: does not contradict 1 %`, () => {
      const hits = countRolledBack(world, seed, { from: 0, to: runs });
      const chance = hits === 0 ? 1 : 1 - atMost(hits - 1, runs, 0.01);
      assert.ok(chance > 1e-4, `${hits} of ${runs} healthy candidates rolled back`);
    });
  }

  it('a candidate that fails ten times as often is rolled back in such a cell', () => {
    const world = cells.find(({ world }) => world.perSecond === 200 && world.base === 0.01)?.world;
    assert.ok(world);
    assert.ok(countRolledBack({ ...world, harm: 10 }, seed, { from: 0, to: 5 }) === 5);
  });

  it('to ask once a step says what asking at every look says', () => {
    const healthy = cells.find(({ world }) => world.perSecond === 50 && world.base === 0.01)?.world;
    assert.ok(healthy);
    const world = { ...healthy, harm: 2.2 };
    const [atEnds = [], always] = [false, true].map((everyLook) =>
      Array.from({ length: 20 }, (_, run) => isRolledBack(world, streamFrom(seed, run), everyLook)),
    );
    console.log(`      ${atEnds.filter(Boolean).length} of 20 rolled back`);
    assert.deepEqual(atEnds, always);
  });

  it('a fault fifty times as often is found within a minute, by this judge before Argo’s usual one', () => {
    const world: World = {
      ...{ perSecond: 200, base: 0.002, harm: 50, plan: [5], shape: 'flat', spread: 'none' },
      ...{ secondsPerLook: 1, seconds: 600, isTimed: true },
    };
    const argo = settings.filter(({ peer, limit }) => peer === 'Argo 30 s/F3' && limit === null);
    const [byArgo] = secondsByName(world, argo, streamFrom(seed, 1));
    const here = secondsToRollback(world, streamFrom(seed, 1));
    assert.ok(here !== null && here < 60, `${here} s`);
    assert.ok(byArgo !== null && byArgo !== undefined && byArgo > here, `${byArgo} s`);
  });
});

describe('the upper bound of a share', () => {
  it('is where 1 % of such runs would see so few hits', () => {
    assert.ok(Math.abs(upper99(0, 10_000) - 0.00046) < 1e-5);
    assert.ok(upper99(77, 10_000) <= 0.01);
    assert.ok(upper99(78, 10_000) > 0.01);
  });
});
