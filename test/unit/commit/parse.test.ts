/** Conventional Commits 1.0.0 by a corpus of messages, and texts of any kind by property. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bumpOfCommit, specificationPolicy } from '../../../src/domain/commit/bump.js';
import { parseCommit } from '../../../src/domain/commit/parse.js';
import { corpus } from './corpus.js';

describe('parseCommit', () => {
  it('has a corpus of at least 60 messages, each with its own name', () => {
    assert.ok(corpus.length >= 60, `${corpus.length} messages`);
    assert.equal(new Set(corpus.map(({ name }) => name)).size, corpus.length);
  });

  for (const { name, message, bump, faults, kind = 'conventional', ...want } of corpus) {
    it(name, () => {
      const parsed = parseCommit(message);
      assert.equal(parsed.kind, kind, JSON.stringify(parsed));
      for (const [field, value] of Object.entries(want)) {
        assert.deepEqual((parsed as unknown as Record<string, unknown>)[field], value, field);
      }
      if (faults !== undefined && parsed.kind === 'conventional') {
        assert.equal(parsed.faults.length, faults);
      }
      assert.equal(bumpOfCommit(parsed, specificationPolicy), bump);
    });
  }

  it('says of every free header what to mend', () => {
    for (const { message, kind } of corpus) {
      const parsed = parseCommit(message);
      if (kind === 'free') assert.ok(parsed.kind === 'free' && parsed.fault.length > 10, message);
    }
    const fault = (message: string): string => {
      const parsed = parseCommit(message);
      return parsed.kind === 'free' ? parsed.fault : parsed.kind;
    };
    assert.match(fault('feat!(api): a'), /right before the colon/);
    assert.match(fault('feat:a'), /no space after the colon/);
    assert.match(fault('feat:  a'), /exactly one space/);
    assert.match(fault('feat (x): a'), /between the type and its scope/);
    assert.match(fault('feat : a'), /space before the colon/);
    assert.match(fault('fix(): a'), /is empty/);
    assert.match(fault('new feature: a'), /not one word/);
    assert.match(fault('Update the readme'), /begin with a type/);
  });

  it('reads any text without an error, line ends making no difference', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const unix = text.replaceAll('\r', '');
        assert.deepEqual(parseCommit(unix.replaceAll('\n', '\r\n')), parseCommit(unix));
      }),
      { numRuns: 500 },
    );
  });

  it('gives back every part that a message is made of', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const line = fc.stringMatching(/^[a-z][a-z ]{0,20}[a-z]$/);
    const token = fc.stringMatching(/^[A-Z][a-z]{1,5}-by$/);
    fc.assert(
      fc.property(
        word,
        fc.option(word),
        fc.boolean(),
        line,
        fc.option(fc.array(line, { minLength: 1, maxLength: 3 })),
        fc.array(fc.tuple(token, line), { maxLength: 3 }),
        (type, scope, marked, description, paragraphs, footers) => {
          const header = `${type}${scope === null ? '' : `(${scope})`}${marked ? '!' : ''}: ${description}`;
          const parts = [header, ...(paragraphs ?? [])];
          if (footers.length > 0) parts.push(footers.map(([t, v]) => `${t}: ${v}`).join('\n'));
          const parsed = parseCommit(parts.join('\n\n'));
          assert.ok(parsed.kind === 'conventional');
          assert.deepEqual(
            [parsed.type, parsed.scope, parsed.description, parsed.breaking.length > 0],
            [type, scope, description, marked],
          );
          assert.equal(parsed.body, paragraphs === null ? null : paragraphs.join('\n\n'));
          assert.deepEqual(
            parsed.footers.map(({ token: t, value }) => [t, value]),
            footers,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes no more than linear time over long hostile lines', () => {
    const startedAtMs = performance.now();
    for (const text of [
      `${'a'.repeat(200_000)}(`,
      `feat(${'('.repeat(200_000)}`,
      `feat: ${' '.repeat(200_000)}`,
    ]) {
      parseCommit(text);
      parseCommit(`fix: a\n\n${text}`);
    }
    assert.ok(performance.now() - startedAtMs < 2000);
  });
});
