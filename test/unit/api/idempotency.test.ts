/** Idempotency keys under any order of concurrent requests: as if each had come alone, one after the other. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimKey, startRelease } from '../../../src/api/start-release.js';
import { defaultLimits } from '../../../src/api/limits.js';
import { Failure } from '../../../src/domain/failures.js';
import type { ReleaseInput } from '../../../src/domain/release/view.js';
import { digestA, digestB } from '../../support/api-under-test.js';
import { startMemoryTemporal } from '../../support/memory-temporal.js';

const isFull = process.env.SLUICE_TEST_FULL === '1';

interface Post {
  readonly token: 'a' | 'b';
  readonly key: 'k1' | 'k2';
  readonly version: '1.0.0' | '1.1.0';
  readonly digest: string;
}

const post: fc.Arbitrary<Post> = fc.record({
  token: fc.constantFrom('a', 'b'),
  key: fc.constantFrom('k1', 'k2'),
  version: fc.constantFrom('1.0.0', '1.1.0'),
  digest: fc.constantFrom(digestA, digestB),
});

/** What the API answers a post with: the status, and whether the key had been answered before. */
async function answerTo(
  temporal: Parameters<typeof startRelease>[0],
  { token, key, version, digest }: Post,
): Promise<string> {
  const body = { service: 'checkout', version, digest };
  const input = {
    ...body,
    ...{ gitSha: null, from: null, allowOlder: false, requestedBy: token, reason: 'x' },
    pipeline: { project: 'shop', service: 'checkout', environments: [], sha256: 'c' },
  } satisfies ReleaseInput;
  const location = `/v1/releases/checkout/${version}`;
  try {
    const claim = { tokenId: token, key, body, location };
    const answered = await claimKey(temporal, claim, body);
    if (answered !== null) return `202 ${answered}`;
    await startRelease(temporal, input);
    return `202 ${location}`;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

const same = (a: Post, b: Post) => a.version === b.version && a.digest === b.digest;

describe('idempotency keys', () => {
  it('are linearizable: one body for each key, one release for each version, whatever comes between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(post, { minLength: 2, maxLength: 10 }),
        fc.scheduler(),
        async (posts, s) => {
          const memory = startMemoryTemporal(() => s.schedule(Promise.resolve()));
          const temporal = { client: memory.client, limits: defaultLimits };
          const asked = Promise.all(posts.map((each) => answerTo(temporal, each)));
          await s.waitFor(asked);
          const answers = await asked;
          // Each key has one body, that of the claim which came first; all others of it are refused as reused.
          for (const [token, key] of [
            ['a', 'k1'],
            ['a', 'k2'],
            ['b', 'k1'],
            ['b', 'k2'],
          ] as const) {
            const mine = posts.flatMap((each, at) =>
              each.token === token && each.key === key ? [{ each, answer: answers[at] }] : [],
            );
            const [first] = mine.filter(({ answer }) => answer !== 'IdempotencyKeyReused');
            if (mine.length === 0) continue;
            assert.ok(first, 'somebody has the key');
            for (const { each, answer } of mine) {
              const wanted = same(each, first.each);
              assert.equal(answer !== 'IdempotencyKeyReused', wanted);
              if (wanted) assert.equal(answer, first.answer, 'a replay is answered as before');
            }
          }
          // Each version has one release with one digest; who came with another one is told so.
          for (const version of ['1.0.0', '1.1.0'] as const) {
            const runs = memory.runs.get(`release:checkout:${version}`) ?? [];
            const took = posts.filter(
              (each, at) => each.version === version && answers[at]?.startsWith('202'),
            );
            assert.equal(runs.length, took.length > 0 ? 1 : 0);
            const digest = (runs[0]?.memo as { digest?: string } | undefined)?.digest;
            assert.ok(took.every((each) => each.digest === digest));
          }
          assert.ok(
            answers.every((each) => /^(202|IdempotencyKeyReused|DigestMismatch)/.test(each)),
          );
        },
      ),
      { numRuns: isFull ? 5000 : 1000 },
    );
  });

  it('are kept after the release has ended, and a new key starts a new run', async () => {
    const memory = startMemoryTemporal();
    const temporal = { client: memory.client, limits: defaultLimits };
    const asked: Post = { token: 'a', key: 'k1', version: '1.0.0', digest: digestA };
    const first = await answerTo(temporal, asked);
    memory.end('release:checkout:1.0.0', 'FAILED');
    assert.equal(await answerTo(temporal, asked), first);
    assert.equal(memory.runs.get('release:checkout:1.0.0')?.length, 1);
    await answerTo(temporal, { ...asked, key: 'k2' });
    assert.equal(memory.runs.get('release:checkout:1.0.0')?.length, 2);
    memory.end('release:checkout:1.0.0', 'COMPLETED');
    assert.equal(await answerTo(temporal, { ...asked, token: 'b' }), 'AlreadyPromoted');
    assert.equal(await answerTo(temporal, asked), first);
  });
});
