/** `sluice audit`: what it asks, what it says of a record that is whole or not, and what it writes. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChainLink,
  emptyHash,
  lineOfLink,
  linkEvents,
} from '../../../src/domain/ledger/chain.js';
import { rolloutEvents } from '../../support/recorded-rollouts.js';
import { runSluice } from '../../support/cli-under-test.js';

const events = ['a', 'b\u2028', 'c'].map((id) => ({
  ...{ id, at: '2026-01-02T03:04:05.000Z', kind: 'trafficShifted', subject: 'rollout:a:b:1' },
  ...{ actor: 'sluice', reason: 'step 1\u001b[2J', data: { weight: 5 } },
}));
const links = linkEvents('shop', { seq: 0, hash: emptyHash }, events);
const lines = links.map(lineOfLink);
const last = links.at(-1) as ChainLink;

/** Two rows a page, as an API would give them. */
const pages = (given: readonly string[]) => ({
  'GET /v1/audit/lines': ({ path }: { readonly path: string }) => {
    const from = Number(new URL(path, 'http://api.test').searchParams.get('cursor') ?? 0);
    const next = from + 2;
    return { lines: given.slice(from, next), nextCursor: next < given.length ? `${next}` : null };
  },
});

describe('sluice audit', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('verifies page by page and tells the head', async () => {
    const { out, code, asked } = await runSluice(['audit', 'verify', '--json'], pages(lines));
    assert.equal(code, 0);
    assert.equal(asked.length, 2);
    const { seq, hash } = last;
    assert.deepEqual(JSON.parse(out), {
      ...{ ok: true, project: 'shop', start: null, head: { seq, hash } },
      ...{ rows: 3, unchained: 0, fault: null },
    });
  });

  it('exits with 1 and names the row when one is not as it was written', async () => {
    const changed = lines.with(1, (lines[1] as string).replace('sluice', 'nobody'));
    const { out, code } = await runSluice(['audit', 'verify'], pages(changed));
    assert.equal(code, 1);
    assert.match(out, /^altered: row 2 \(line 2\) is not as it was written\nevent {5}b/);
    assert.match(out, /rows {6}1 before that/);
  });

  it('holds the record against a head that was kept', async () => {
    const head = `${last.seq}:${last.hash}`;
    const whole = await runSluice(['audit', 'verify', '--head', head], pages(lines));
    assert.equal(whole.code, 0);
    const short = await runSluice(['audit', 'verify', '--head', head], pages(lines.slice(0, 2)));
    assert.equal(short.code, 1);
    assert.match(short.out, /^truncated: the ledger ends with row 2; .* row 3/);
    const odd = await runSluice(['audit', 'verify', '--head', '3'], pages(lines));
    assert.equal(odd.code, 7);
  });

  it('exports what can be verified without a server, and never over another file', async () => {
    const file = join(folder, 'audit.jsonl');
    const exported = await runSluice(['audit', 'export', file, '--json'], pages(lines));
    assert.equal(exported.code, 0);
    assert.equal((JSON.parse(exported.out) as { file: string }).file, file);
    assert.equal(await readFile(file, 'utf8'), `${lines.join('\n')}\n`);
    const verified = await runSluice(['audit', 'verify', '--file', 'audit.jsonl'], {}, { folder });
    assert.equal(verified.code, 0);
    assert.equal(verified.asked.length, 0);
    assert.equal((await runSluice(['audit', 'export', file], pages(lines))).code, 7);
    const bytes = await readFile(file, 'utf8');
    await writeFile(file, bytes.slice(0, -1));
    const cut = await runSluice(['audit', 'verify', '--file', file]);
    assert.equal(cut.code, 1);
    assert.match(cut.out, /^unfinished: line 3 has no end/);
    assert.equal((await runSluice(['audit', 'verify', '--file', '/nowhere/x'])).code, 7);
  });

  it('says how far it is when it takes long, and stops when it is told to', async () => {
    let now = 0;
    const clock = () => (now += 1_500);
    const { err } = await runSluice(['audit', 'verify'], pages(lines), { clock });
    assert.equal(err, '2 rows looked at\n');
    const interrupted = AbortSignal.abort();
    const { code } = await runSluice(['audit', 'verify'], pages(lines), { interrupted });
    assert.equal(code, 2);
  });

  it('lists with filters, and lets no event steer the terminal', async () => {
    const { out, asked } = await runSluice(
      ['audit', 'list', '--kind', 'trafficShifted', '--since', '10s', '--limit', '2'],
      { 'GET /v1/audit/events': () => ({ items: events.slice(0, 2), nextCursor: '17' }) },
    );
    assert.equal(
      asked[0]?.path,
      '/v1/audit/events?limit=2&kind=trafficShifted&since=1970-01-01T00%3A00%3A10.000Z',
    );
    assert.ok(!out.includes('\u001b'));
    assert.match(
      out,
      /^2026-01-02T03:04:05.000Z {2}trafficShifted {2}rollout:a:b:1 {2}sluice {2}step 1/,
    );
    assert.match(out, /older: --cursor 17\n$/);
    assert.equal((await runSluice(['audit', 'list', '--since', 'tomorrow'])).code, 7);
  });

  it('makes history anew from the record, each event once', async () => {
    const twice = rolloutEvents(20).flatMap((event) => [event, event]);
    const chained = linkEvents('shop', { seq: 0, hash: emptyHash }, twice).map(lineOfLink);
    const { out, code } = await runSluice(['audit', 'history'], pages(chained));
    assert.equal(code, 0);
    assert.match(
      out,
      /^2026-01-01T00:00:09.000Z {2}service-0\/production {2}promoted {2}1.1.0-4f2a9c1b {2}all steps passed$/m,
    );
    assert.match(out, /\n20 events: 2 releases, 2 rollouts, 2 commands\n$/);
    const broken = await runSluice(['audit', 'history'], pages(chained.slice(1)));
    assert.equal(broken.code, 1);
    assert.match(broken.out, /dropped: row 1 is missing/);
  });

  it('tells the head as --head takes it', async () => {
    const { seq, hash } = last;
    const { out } = await runSluice(['audit', 'head'], {
      'GET /v1/audit/head': () => ({ project: 'shop', head: { seq, hash } }),
    });
    assert.equal(out, `3:${hash}\n`);
  });
});
