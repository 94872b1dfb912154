/** A list that changes while it is read: whatever stays in it is seen, as it is in the end. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readByChange } from '../../../src/adapters/github/read-by-change.js';

interface Row {
  readonly id: number;
  readonly atS: number;
}

interface Scene {
  readonly ages: readonly number[];
  /** Whether `since` leaves the moment itself out. */
  readonly isExclusive: boolean;
  /** After that page: row to be changed, or deleted. */
  readonly acts: readonly {
    readonly afterPage: number;
    readonly pick: number;
    readonly isDeleted: boolean;
  }[];
  readonly fromS: number | null;
}

const pageSize = 5;
const scenes = (
  ages: fc.Arbitrary<readonly number[]>,
  isDeleted: fc.Arbitrary<boolean>,
): fc.Arbitrary<Scene> =>
  fc.record({
    ages,
    isExclusive: fc.boolean(),
    acts: fc.array(fc.record({ afterPage: fc.nat(8), pick: fc.nat(60), isDeleted }), {
      maxLength: 12,
    }),
    fromS: fc.option(fc.integer({ min: 1000, max: 1012 })),
  });

/** At most two of a second: never a page of them, also where two seconds are read. */
const spread = fc
  .array(fc.boolean(), { maxLength: 40 })
  .map((pairs) => pairs.flatMap((isPair, index) => (isPair ? [index, index] : [index])));
/** Whole pages of one second. */
const crowded = fc.array(fc.nat(2), { maxLength: 40 });

async function readAll({ ages, isExclusive, acts, fromS }: Scene) {
  let rows: Row[] = ages.map((age, id) => ({ id, atS: 1000 + age }));
  let [calls, nowS] = [0, 1100];
  const touched = new Set<number>();
  const seen = new Map<number, Row>();
  const list = {
    read: async (sinceMs: number | null, page: string | null) => {
      assert.ok((calls += 1) < 200, 'it does not end');
      const sinceS = sinceMs === null ? -1 : sinceMs / 1000;
      const all = rows
        .filter(({ atS }) => (isExclusive ? atS > sinceS : atS >= sinceS))
        .sort((a, b) => a.atS - b.atS || a.id - b.id);
      const at = Number(page ?? 0) * pageSize;
      const here = all.slice(at, at + pageSize);
      for (const { afterPage, pick, isDeleted } of acts) {
        if (afterPage !== calls) continue;
        nowS += 1;
        touched.add(pick);
        rows = isDeleted
          ? rows.filter(({ id }) => id !== pick)
          : rows.map((row) => (row.id === pick ? { ...row, atS: nowS } : row));
      }
      return { rows: here, next: here.length < pageSize ? null : String(Number(page ?? 0) + 1) };
    },
    keyOf: ({ id }: Row) => String(id),
    atMsOf: ({ atS }: Row) => atS * 1000,
  };
  for await (const row of readByChange(list, fromS === null ? null : fromS * 1000)) {
    seen.set(row.id, row);
  }
  return { rows, seen, touched, calls };
}

describe('a list read by change', () => {
  for (const [what, sceneOf] of [
    ['changes and goes meanwhile', scenes(spread, fc.boolean())],
    ['changes meanwhile out of whole pages of one second', scenes(crowded, fc.constant(false))],
  ] as const) {
    it(`misses nothing that stays, whatever ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(sceneOf, async (scene) => {
          const { rows, seen, touched } = await readAll(scene);
          for (const { id, atS } of rows) {
            if (atS < (scene.fromS ?? 0) || touched.has(id)) continue;
            assert.ok(seen.has(id), `row ${id} of second ${atS}`);
          }
        }),
        { numRuns: 10_000 },
      );
    });
  }

  it('reads hardly more pages than there are where times differ', async () => {
    const ages = Array.from({ length: 100 }, (_, index) => index);
    for (const [isExclusive, most] of [
      [false, 26],
      [true, 36],
    ] as const) {
      const { calls } = await readAll({ ages, isExclusive, acts: [], fromS: null });
      assert.ok(calls <= most, `${calls} calls`);
    }
  });
});
