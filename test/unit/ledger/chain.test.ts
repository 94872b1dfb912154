/** Whatever is done to a chain is found and named: each byte, each row, each pair of rows. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  canonicalText,
  emptyHash,
  type ChainHead,
  type ChainLink,
  hashLines,
  hashLink,
  lineOfLink,
  lineOfStart,
  linkEvents,
} from '../../../src/domain/ledger/chain.js';
import type { ChainReport } from '../../../src/domain/ledger/chain-report.js';
import { checkChain } from '../../../src/domain/ledger/verify.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';

const none: ChainHead = { seq: 0, hash: emptyHash };

function event(id: string, more: Partial<LedgerEvent> = {}): LedgerEvent {
  return {
    ...{ id, at: '2026-01-02T03:04:05.000Z', kind: 'trafficShifted', subject: 'rollout:a:b:1' },
    ...{ actor: 'sluice', reason: 'step 1', data: { weight: 5 } },
    ...more,
  };
}

const eventOf = fc
  .record({
    ...{ kind: fc.string(), actor: fc.string({ unit: 'binary' }), reason: fc.string() },
    data: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
  })
  .map((more) => event('x', more as Partial<LedgerEvent>));

/** A chain of at least `atLeast` rows about anything. */
const chainOf = (atLeast: number) =>
  fc.array(eventOf, { minLength: atLeast, maxLength: 6 }).map((events) =>
    linkEvents(
      'shop',
      none,
      events.map((each, n) => ({ ...each, id: `${n}` })),
    ),
  );

function check(lines: readonly string[], kept: ChainHead | null = null): ChainReport {
  const checked = checkChain(kept);
  for (const line of lines) checked.take(line);
  return checked.report();
}

/** As a file is read. */
function checkText(text: string): ChainReport {
  const checked = checkChain();
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  for (const line of lines) checked.take(line);
  return checked.report(tail);
}

const five = linkEvents(
  'shop',
  none,
  ['a', 'b', 'c', 'd', 'e'].map((id) => event(id)),
);
const lines = five.map(lineOfLink);
const without = (...seqs: number[]) => lines.filter((_, n) => !seqs.includes(n + 1));
const [, , , , fifth] = five as [ChainLink, ChainLink, ChainLink, ChainLink, ChainLink];

describe('a chain', () => {
  it('is SHA-256 over canonical JSON, row by row, so that anybody can recompute it', () => {
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');
    assert.equal(emptyHash, sha(''));
    const written =
      '{"event":{"actor":"sluice","at":"2026-01-02T03:04:05.000Z","data":{"weight":5},';
    assert.equal(
      five[0]?.hash,
      sha(
        `${written}"id":"a","kind":"trafficShifted","reason":"step 1","subject":"rollout:a:b:1"},"previous":"${emptyHash}","project":"shop","seq":1}`,
      ),
    );
    assert.equal(five[1]?.previous, five[0]?.hash);
    const before = hashLines();
    before.add('one');
    before.add('two ü');
    assert.equal(before.digest(), sha('one\ntwo ü\n'));
  });

  it('is sound as it was written, in one go or in several', () => {
    fc.assert(
      fc.property(chainOf(0), fc.nat(6), (links, cut) => {
        const events = links.map((link) => link.event);
        const first = linkEvents('shop', none, events.slice(0, cut));
        const rest = linkEvents('shop', first.at(-1) ?? none, events.slice(cut));
        assert.deepEqual([...first, ...rest], links);
        const report = check(links.map(lineOfLink), links.at(-1) ?? null);
        const head = links.at(-1);
        assert.deepEqual(report, {
          project: head ? 'shop' : null,
          head: head ? { seq: head.seq, hash: head.hash } : null,
          ...{ start: null, rows: links.length, unchained: 0, fault: null },
        });
      }),
    );
  });

  it('keeps what every store can keep, whatever was said', () => {
    const written = event('odd\0', {
      reason: '\ud800 and \u0000',
      data: { at: undefined, n: NaN },
    });
    const [link] = linkEvents('shop', none, [written]);
    assert.deepEqual(
      link?.event,
      event('odd\ufffd', { reason: '\ufffd and \ufffd', data: { n: null } }),
    );
  });

  it('shows every altered byte, and names the row', () => {
    fc.assert(
      fc.property(chainOf(1), fc.nat(), fc.integer({ min: 1, max: 255 }), (links, at, by) => {
        const bytes = Buffer.from(links.map((link) => `${lineOfLink(link)}\n`).join(''));
        const place = at % bytes.length;
        const row = bytes.subarray(0, place).filter((byte) => byte === 0x0a).length + 1;
        bytes[place] = (bytes[place] ?? 0) ^ by;
        const { fault } = checkText(bytes.toString('utf8'));
        assert.ok(fault, `byte ${place} of row ${row}`);
        assert.equal(fault.seq, row, fault.message);
      }),
      { numRuns: 300 },
    );
  });

  it('shows a number that was altered to one which canonical JSON does not know', () => {
    const altered = lines.with(1, (lines[1] ?? '').replace('"weight":5', '"weight":5e999'));
    const { fault } = check(altered);
    assert.deepEqual([fault?.kind, fault?.seq, fault?.line], ['altered', 2, 2]);
  });

  it('shows every row that is missing, but at the end only to those who kept the head', () => {
    fc.assert(
      fc.property(chainOf(1), fc.nat(), (links, n) => {
        const gone = n % links.length;
        const rest = links.filter((_, index) => index !== gone).map(lineOfLink);
        const isLast = gone === links.length - 1;
        assert.deepEqual(check(rest).fault?.kind, isLast ? undefined : 'dropped');
        const { fault } = check(rest, links.at(-1) ?? null);
        assert.equal(fault?.kind, isLast ? 'truncated' : 'dropped');
        assert.equal(fault?.seq, gone + 1);
      }),
    );
  });

  it('shows every two rows that stand the other way round', () => {
    fc.assert(
      fc.property(chainOf(2), fc.nat(), fc.nat(), (links, a, b) => {
        const [one, two] = [a % links.length, b % links.length].sort((x, y) => x - y) as [
          number,
          number,
        ];
        fc.pre(one !== two);
        const moved = links.map(lineOfLink);
        [moved[one], moved[two]] = [moved[two] as string, moved[one] as string];
        const { fault } = check(moved);
        assert.equal(fault?.kind, 'reordered');
        assert.equal(fault?.seq, one + 1);
      }),
    );
  });

  const rewritten = linkEvents('shop', five[1] as ChainLink, [
    event('other'),
    event('d'),
    event('e'),
  ]);
  const unsound = { ...(five[2] as ChainLink), event: event('c', { actor: 'nobody' }) };
  const resealed = { ...unsound, hash: hashLink(unsound) };
  const cases: readonly (readonly [
    what: string,
    lines: readonly string[],
    fault: Partial<NonNullable<ChainReport['fault']>> | null,
    kept?: ChainHead,
  ])[] = [
    ['nothing', [], null],
    ['nothing where there was something', [], { kind: 'truncated', seq: 1, line: null }, fifth],
    ['all but the first', without(1), { kind: 'dropped', seq: 1, line: 1 }],
    [
      'two rows less',
      without(2, 3),
      { kind: 'dropped', seq: 2, message: 'rows 2 to 3 are missing before row 4 (line 2)' },
    ],
    [
      'a row twice',
      [...lines.slice(0, 3), ...lines.slice(1)],
      { kind: 'repeated', seq: 2, line: 4, id: 'b' },
    ],
    [
      'a word too much',
      [...lines.slice(0, 2), 'hello', ...lines.slice(2)],
      { kind: 'inserted', seq: 3, line: 3 },
    ],
    [
      'an event nobody chained',
      [...lines, canonicalText(event('f'))],
      { kind: 'altered', seq: 6, line: 6, id: 'f' },
    ],
    [
      'an empty line',
      [...lines.slice(0, 2), '', ...lines.slice(2)],
      { kind: 'inserted', seq: 3, line: 3 },
    ],
    [
      'another actor',
      lines.with(2, lineOfLink(unsound)),
      { kind: 'altered', seq: 3, line: 3, id: 'c' },
    ],
    [
      'another actor, sealed again',
      lines.with(2, lineOfLink(resealed)),
      { kind: 'rewritten', seq: 4, line: 4 },
    ],
    [
      'a space more',
      lines.with(2, (lines[2] as string).replace(',', ', ')),
      { kind: 'altered', seq: 3, id: 'c' },
    ],
    ['all of the end anew', [...lines.slice(0, 2), ...rewritten.map(lineOfLink)], null],
    [
      'all of the end anew, seen by a head',
      [...lines.slice(0, 2), ...rewritten.map(lineOfLink)],
      { kind: 'rewritten', seq: 5 },
      fifth,
    ],
    ['rows after the head', lines, null, five[2] as ChainLink],
    [
      'the first row altered beyond reading',
      lines.with(0, '{'),
      { kind: 'altered', seq: 1, line: 1 },
    ],
    ['the only row altered beyond reading', ['{'], { kind: 'altered', seq: 1, line: 1 }],
    [
      'rows of another project',
      [...lines, lineOfLink(linkEvents('other', fifth, [event('f')])[0] as ChainLink)],
      { kind: 'rewritten', seq: 6, id: 'f' },
    ],
  ];
  for (const [what, given, fault, kept] of cases) {
    it(`of ${what} is ${fault === null ? 'sound' : fault.kind}`, () => {
      const seen = check(given, kept).fault;
      assert.deepEqual(fault && { ...seen, ...fault }, seen);
    });
  }

  it('says that a line has no end', () => {
    const { fault, rows } = checkText(`${lines.join('\n')}\n{"event`);
    assert.deepEqual([fault?.kind, fault?.line, rows], ['unfinished', 6, 5]);
  });

  describe('with lines from before', () => {
    const old = [JSON.stringify(event('old 1')), '{"id":"torn', JSON.stringify(event('old 2'))];
    const before = hashLines();
    for (const line of old) before.add(line);
    const after = linkEvents('shop', { seq: 0, hash: before.digest() }, [event('a'), event('b')]);
    const all = [...old, ...after.map(lineOfLink)];

    it('covers them as a whole', () => {
      const { fault, rows, unchained } = check(all);
      assert.deepEqual([fault, rows, unchained], [null, 2, 3]);
    });

    for (const [what, given] of [
      ['altered', all.with(0, JSON.stringify(event('old one')))],
      ['moved', [old[1], old[0], ...all.slice(2)] as string[]],
      ['taken away', all.slice(1)],
      ['all taken away', all.slice(3)],
      ['put in', [old[0] as string, ...all]],
    ] as const) {
      it(`shows one that was ${what}`, () => {
        assert.deepEqual([check(given).fault?.kind, check(given).fault?.seq], ['altered', 0]);
      });
    }
  });

  describe('whose oldest rows were dropped', () => {
    const start = lineOfStart('shop', five[1] as ChainLink);
    const rest = [start, ...lines.slice(2)];

    it('is sound from there on', () => {
      const { hash } = five[1] as ChainLink;
      const report = check(rest, fifth);
      assert.deepEqual([report.fault, report.rows, report.start], [null, 3, { seq: 2, hash }]);
      assert.deepEqual(check([start], five[1]).fault, null);
      assert.equal(check([start], fifth).fault?.kind, 'truncated');
    });

    it('shows a beginning that is not the right one', () => {
      const wrong = lineOfStart('shop', { seq: 2, hash: 'f'.repeat(64) });
      assert.equal(check([wrong, ...lines.slice(2)]).fault?.kind, 'rewritten');
      assert.equal(check([start, ...lines.slice(3)]).fault?.kind, 'dropped');
      assert.equal(check([start.replace(':', ': '), ...lines.slice(2)]).fault?.kind, 'altered');
      assert.equal(check([...lines.slice(0, 2), ...rest]).fault?.kind, 'inserted');
    });
  });
});
