/** Two looks at the ends of a ledger: what the second shows to be lost since the first. */
import assert from 'node:assert/strict';
import {
  type ChainLink,
  emptyHash,
  lineOfLink,
  lineOfStart,
  linkEvents,
} from '../../../src/domain/ledger/chain.js';
import { lossBetween, sightingOf } from '../../../src/domain/ledger/sighting.js';
import { rolloutEvents } from '../../support/recorded-rollouts.js';

const chain = linkEvents('shop', { seq: 0, hash: emptyHash }, rolloutEvents(40));
const other = linkEvents('shop', { seq: 0, hash: emptyHash }, rolloutEvents(60).slice(10));
const lineAt = (links: readonly ChainLink[], n: number) => lineOfLink(links[n - 1] as ChainLink);
/** As it is with so many rows. */
const seen = (links: readonly ChainLink[], rows: number) =>
  sightingOf(lineAt(links, 1), links[rows - 1] ?? null);
const dropped = (through: number, rows: number) =>
  sightingOf(lineOfStart('shop', chain[through - 1] as ChainLink), chain[rows - 1] ?? null);
const head = `40:${chain[39]?.hash}`;
const legacy = '{"id":"a","subject":"b"}';
const unchained = (rows: number) => sightingOf(legacy, chain[rows - 1] ?? null);

const rows: readonly (readonly [
  string,
  ReturnType<typeof seen>,
  ReturnType<typeof seen>,
  string | null,
])[] = [
  ['the first look', null, seen(chain, 40), null],
  ['no rows yet', null, null, null],
  ['nothing new', seen(chain, 40), seen(chain, 40), null],
  ['more rows', seen(chain, 30), seen(chain, 40), null],
  ['retention dropped the oldest', seen(chain, 30), dropped(20, 40), null],
  ['retention dropped more', dropped(10, 30), dropped(20, 40), null],
  ['lines of before it was a chain', unchained(20), unchained(31), null],
  ['an empty ledger', seen(chain, 40), null, `all 40 rows are gone: the head was ${head}`],
  [
    'an older copy',
    seen(chain, 40),
    seen(chain, 31),
    `rows 32 to 40 are missing: the head was ${head}`,
  ],
  [
    'a shorter chain',
    seen(chain, 40),
    seen(other, 3),
    `another chain stands in its place: the head was ${head}`,
  ],
  [
    'a longer chain',
    seen(chain, 40),
    seen(other, 50),
    `another chain stands in its place: the head was ${head}`,
  ],
  [
    'the same number under another hash',
    dropped(10, 40),
    { origin: null, head: { seq: 40, hash: 'f'.repeat(64) } },
    `another chain stands in its place: the head was ${head}`,
  ],
];

describe('between two looks at the ledger', () => {
  for (const [name, before, now, lost] of rows) {
    it(`${name}: ${lost?.split(':')[0] ?? 'nothing is lost'}`, () => {
      assert.equal(lossBetween(before, now), lost);
    });
  }
});
