/** The payload codec: nothing of what goes in is to be seen, old keys still read, and what cannot be read is named. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createPayloadCodec } from '../../../src/adapters/temporal/payload-codec.js';
import { openPayloadKeys, readPayloadKeys } from '../../../src/config/payload-keys.js';
import { Failure } from '../../../src/domain/failures.js';

const key = (id: string, fill: number) => ({ id, secret: new Uint8Array(32).fill(fill) });
const [old, fresh] = [key('2026-01', 1), key('2026-02', 2)];
const secret = 'nobody may read this';
const plain = () => defaultPayloadConverter.toPayload({ secret }) as Payload;
const codecOf = (...keys: readonly (typeof old)[]) => createPayloadCodec(async () => keys);
const only = async (payloads: Promise<readonly Payload[]>) => (await payloads)[0] as Payload;
const opened = (payload: Payload) => defaultPayloadConverter.fromPayload(payload);

function failure(code: string, ...parts: readonly RegExp[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    for (const part of parts)
      assert.match(`${error.message} ${JSON.stringify(error.details)}`, part);
    assert.doesNotMatch(JSON.stringify(error.details), /AQEBAQEB/);
    return true;
  };
}

describe('payload codec', () => {
  it('hides everything but the id of the key, and reads it again', async () => {
    const sealed = await only(codecOf(old).encode([plain()]));
    const bytes = Buffer.concat([
      ...Object.values(sealed.metadata ?? {}),
      sealed.data ?? new Uint8Array(),
    ]);
    assert.ok(!bytes.includes(secret) && !bytes.includes('json/plain'));
    assert.ok(bytes.includes(old.id));
    assert.deepEqual(opened(await only(codecOf(old).decode([sealed]))), { secret });
  });

  it('never writes the same twice alike', async () => {
    const [one, other] = await codecOf(old).encode([plain(), plain()]);
    assert.notDeepEqual(one?.data, other?.data);
  });

  it('encrypts under the first key and reads with all of them', async () => {
    const before = await only(codecOf(old).encode([plain()]));
    const rotated = codecOf(fresh, old);
    const after = await only(rotated.encode([plain()]));
    assert.equal(Buffer.from(after.metadata?.['encryption-key-id'] ?? []).toString(), fresh.id);
    for (const one of await rotated.decode([before, after, plain()]))
      assert.deepEqual(opened(one), { secret });
  });

  it('names the key that is missing, and those that are there', async () => {
    const sealed = await only(codecOf(old).encode([plain()]));
    await assert.rejects(
      codecOf(fresh).decode([sealed]),
      failure('Unavailable', /the key 2026-01, which is not here/, /keys 2026-02/, /next/),
    );
    await assert.rejects(codecOf().decode([sealed]), failure('Unavailable', /2026-01/, /no keys/));
  });

  it('takes neither another key of the same id nor a changed byte', async () => {
    const sealed = await only(codecOf(old).encode([plain()]));
    const wrong = codecOf(key(old.id, 9));
    await assert.rejects(wrong.decode([sealed]), failure('Unavailable', /another key/, /2026-01/));
    const size = sealed.data?.length ?? 0;
    for (const at of [0, 12, size - 1]) {
      const data = Uint8Array.from(sealed.data ?? []);
      data[at] = (data[at] ?? 0) ^ 1;
      await assert.rejects(codecOf(old).decode([{ ...sealed, data }]), failure('Unavailable'));
    }
    await assert.rejects(
      codecOf(old).decode([{ ...sealed, data: new Uint8Array(3) }]),
      failure('Unavailable'),
    );
  });

  it('leaves payloads as they are without keys', async () => {
    const payload = plain();
    assert.deepEqual(await codecOf().encode([payload]), [payload]);
    assert.deepEqual(await codecOf().decode([payload]), [payload]);
  });
});

describe('file of payload keys', () => {
  let folder: string;
  let file: string;
  const secretText = Buffer.alloc(32, 1).toString('base64');
  const write = (value: unknown) =>
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
    file = join(folder, 'keys.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read in its order', async () => {
    const other = Buffer.alloc(32, 2).toString('base64');
    write({
      keys: [
        { id: 'b', secret: other },
        { id: 'a', secret: secretText },
      ],
    });
    const keys = await readPayloadKeys(file);
    assert.deepEqual(
      keys.map(({ id, secret: bytes }) => [id, bytes[0], bytes.length]),
      [
        ['b', 2, 32],
        ['a', 1, 32],
      ],
    );
  });

  const faults: readonly (readonly [what: string, written: unknown, said: RegExp])[] = [
    ['is no JSON', `{"keys": "${secretText}`, /is no JSON/],
    ['has no key', { keys: [] }, /at least one key/],
    ['has a short key', { keys: [{ id: 'a', secret: 'AQEB' }] }, /keys\.0\.secret: 32 bytes/],
    ['has no base64', { keys: [{ id: 'a', secret: '!' }] }, /keys\.0\.secret: 32 bytes/],
    [
      'names two keys alike',
      { keys: ['a', 'a'].map((id) => ({ id, secret: secretText })) },
      /an id for each key/,
    ],
    ['has an odd id', { keys: [{ id: 'a b', secret: secretText }] }, /keys\.0\.id/],
  ];
  for (const [what, written, said] of faults) {
    it(`is refused where it ${what}`, async () => {
      write(written);
      await assert.rejects(readPayloadKeys(file), failure('InvalidInput', said, /keys\.json/));
    });
  }

  it('is refused where there is none', async () => {
    await assert.rejects(
      openPayloadKeys(file, Date.now),
      failure('InvalidInput', /cannot be read/),
    );
    assert.deepEqual(await (await openPayloadKeys(null, Date.now))(), []);
  });

  it('is read again, and a faulty one does not take the keys away', async () => {
    let nowMs = 0;
    write({ keys: [{ id: 'a', secret: secretText }] });
    const keys = await openPayloadKeys(file, () => nowMs);
    const ids = async () => {
      nowMs += 10_000;
      return (await keys()).map(({ id }) => id);
    };
    assert.deepEqual(await ids(), ['a']);
    write({ keys: ['b', 'a'].map((id) => ({ id, secret: secretText })) });
    assert.deepEqual(await ids(), ['b', 'a']);
    write('nothing');
    assert.deepEqual(await ids(), ['b', 'a']);
  });
});
