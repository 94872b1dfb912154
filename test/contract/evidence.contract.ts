/** What every evidence store promises. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { EvidenceStore } from '../../src/ports/evidence.js';

export interface EvidenceCase {
  readonly name: string;
  readonly create: () => Promise<EvidenceStore>;
}

export function evidenceContract({ name, create }: EvidenceCase): void {
  describe(`evidence on ${name}`, () => {
    it('gives back what was put, whatever JSON it is', async () => {
      const store = await create();
      for (const value of [
        { b: [1, { z: null, a: 'ß\u2028' }], a: 0.1 },
        [],
        'text',
        0,
        false,
        null,
      ]) {
        assert.deepEqual(await store.get(await store.put(value)), value);
      }
    });

    it('names a value by the hash of its canonical bytes', async () => {
      const store = await create();
      const hash = createHash('sha256').update('{"a":1,"b":{"c":[2],"d":3}}').digest('hex');
      assert.equal(await store.put({ b: { d: 3, c: [2] }, a: 1 }), `sha256:${hash}`);
      assert.equal(await store.put({ a: 1, b: { c: [2], d: 3 } }), `sha256:${hash}`);
    });

    it('takes the same value many times at once', async () => {
      const store = await create();
      const value = { samples: Array.from({ length: 500 }, (_, n) => ({ atMs: n })) };
      const references = await Promise.all(Array.from({ length: 20 }, () => store.put(value)));
      assert.equal(new Set(references).size, 1);
      assert.deepEqual(await store.get(references[0] as string), value);
    });

    it('is not changed by what happens to a value afterwards', async () => {
      const store = await create();
      const value = { weight: 5 };
      const reference = await store.put(value);
      value.weight = 6;
      Object.assign((await store.get(reference)) as object, { weight: 7 });
      assert.deepEqual(await store.get(reference), { weight: 5 });
    });

    it('has null for what it does not know, and for what is no reference', async () => {
      const store = await create();
      const unknown = `sha256:${'0'.repeat(64)}`;
      const others = [
        '',
        'sha256:',
        `${unknown}0`,
        `md5:${'0'.repeat(64)}`,
        'sha256:../../../etc/passwd',
      ];
      for (const reference of [unknown, ...others]) assert.equal(await store.get(reference), null);
    });

    it('refuses what is no JSON value', async () => {
      const store = await create();
      await assert.rejects(store.put(undefined), { code: 'InvalidInput' });
    });
  });
}
