/** The demo's verdict on itself, its table, and the picture it draws on a terminal. */
import assert from 'node:assert/strict';
import { demoResult, type ReleaseResult, resultLines } from '../../../src/cli/demo/report.js';
import { demoReleases } from '../../../src/cli/demo/scenario.js';
import { createScreen, type Picture, pictureLines } from '../../../src/cli/demo/screen.js';
import { releaseBody } from '../../../src/api/schemas/release.js';
import type { CliIo } from '../../../src/cli/output.js';

const asTold: readonly ReleaseResult[] = demoReleases.map(({ version, outcome }) => ({
  version,
  outcome,
  environment: 'production',
  strategy: 'canary',
  exposureS: outcome === 'promoted' ? null : 1.25,
  failedRequests: 0,
  requests: 100,
  reason: 'because',
}));

describe('the demo’s result', () => {
  it('is ok only when every release ended as told and nothing was lost', () => {
    const facts = { elapsedMs: 33_333, lost: 0 };
    assert.deepEqual(demoResult(demoReleases, asTold, facts), {
      ok: true,
      elapsedS: 33.3,
      releases: asTold,
    });
    assert.equal(demoResult(demoReleases, asTold, { ...facts, lost: 1 }).ok, false);
    assert.equal(demoResult(demoReleases, asTold.slice(1), facts).ok, false);
    for (const { version } of demoReleases) {
      const other = asTold.map((release) =>
        release.version === version ? { ...release, outcome: 'aborted' } : release,
      );
      assert.equal(demoResult(demoReleases, other, facts).ok, false, version);
    }
  });

  it('is shown as a table with the reasons of those turned back', () => {
    const lines = resultLines({ ok: true, elapsedS: 1, releases: asTold });
    assert.match(lines[0] ?? '', /release +outcome +where +strategy +exposure +failed +requests/);
    assert.match(lines[2] ?? '', /1\.0\.0 +promoted +production +canary +– +0 +100/);
    assert.match(lines[4] ?? '', /1\.2\.0 +rolledBack +production +canary +1\.25 s +0 +100/);
    assert.equal(lines.filter((line) => line.includes('because')).length, 2);
  });
});

describe('the demo’s releases', () => {
  it('are bodies that the API takes', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    for (const { version, body } of demoReleases) {
      const parsed = releaseBody.safeParse({ service: 'checkout', version, digest, ...body });
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    }
  });
});

const picture: Picture = {
  elapsedMs: 12_340,
  targets: [
    { environment: 'staging', url: 'http://x', stable: null, candidate: null, weight: 0 },
    {
      environment: 'production',
      url: 'http://x',
      stable: '1.0.0-0123abcd',
      candidate: '1.1.0-0123abcd',
      weight: 50,
    },
  ],
  now: 'now '.repeat(50),
  verdict: 'fine',
  load: { requests: 7, failed: 1 },
};

describe('the demo’s screen', () => {
  it('draws the weight as a bar and never wraps', () => {
    const lines = pictureLines(picture, 70, false);
    assert.equal(lines[1], `  staging      –       ${'░'.repeat(24)}`);
    assert.equal(
      lines[2],
      `  production   1.0.0   ${'█'.repeat(12)}${'░'.repeat(12)} 1.1.0 at 50 %`,
    );
    for (const columns of [50, 60, 70, 200]) {
      const cut = pictureLines(picture, columns, false);
      assert.ok(
        cut.every((line) => line.length < columns),
        `${columns} columns`,
      );
    }
    assert.match(lines.at(-1) ?? '', /12\.3 s {3}7 requests, 1 failed/);
  });

  function screen(isTerminal: boolean, json: boolean) {
    const written = { out: '', err: '' };
    const io = {
      write: (text: string) => void (written.out += text),
      writeError: (text: string) => void (written.err += text),
      env: {},
      isTerminal,
      columns: () => 80,
    } as unknown as CliIo;
    return { screen: createScreen(io, json), written };
  }

  it('says lines only, on stderr beside JSON and on stdout without a terminal', () => {
    for (const json of [true, false]) {
      const { screen: plain, written } = screen(json, json);
      plain.draw(picture);
      plain.say('hello');
      plain.close();
      assert.deepEqual(written, json ? { out: '', err: 'hello\n' } : { out: 'hello\n', err: '' });
    }
  });

  it('keeps lines above the picture and takes the picture away at the end', () => {
    const { screen: live, written } = screen(true, false);
    live.draw(picture);
    const height = pictureLines(picture, 80, true).length;
    written.out = '';
    live.say('hello');
    assert.ok(written.out.startsWith(`\x1b[${height}A\x1b[Jhello\n`));
    written.out = '';
    live.close();
    assert.equal(written.out, `\x1b[${height}A\x1b[J`);
  });
});
