/** Names, exit codes and pictures of the command line. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { problemCodes } from '../../../src/api/schemas/problem.js';
import { exitCodes, exitOfProblem } from '../../../src/cli/exit-codes.js';
import { parseReference } from '../../../src/cli/references.js';
import { createPlainView, createTerminalView } from '../../../src/cli/render/live.js';
import {
  createPaint,
  harmless,
  progressBar,
  roundedDuration,
  table,
} from '../../../src/cli/render/paint.js';
import {
  factsOf,
  renderRelease,
  renderRollout,
  renderTarget,
} from '../../../src/cli/render/views.js';
import { aRelease, aRollout, aStage, aTarget } from '../../support/views.js';

const escape = '\u001b';
const plain = createPaint({ isTerminal: false, env: {} });
const target = { service: 'checkout', environment: 'production' };

describe('references', () => {
  const good: readonly [string, object][] = [
    ['checkout@1.1.0', { kind: 'release', release: { service: 'checkout', version: '1.1.0' } }],
    ['checkout@v1.1.0', { kind: 'release', release: { service: 'checkout', version: '1.1.0' } }],
    ['checkout/production', { kind: 'target', target }],
    ['checkout/production/eu', { kind: 'target', target: { ...target, region: 'eu' } }],
    ['checkout/production#3', { kind: 'rollout', rollout: { target, n: 3 } }],
    [
      'checkout/production/eu#12',
      { kind: 'rollout', rollout: { target: { ...target, region: 'eu' }, n: 12 } },
    ],
  ];
  for (const [text, want] of good) {
    it(`${text} is read`, () => assert.deepEqual(parseReference(text), want));
  }
  for (const text of [
    '',
    'checkout',
    '@1',
    'a@',
    'A/b',
    'a/b/c/d',
    'a/b#0',
    'a/b#x',
    'a/b#1#2',
    'a/../b',
  ]) {
    it(`"${text}" names nothing`, () => assert.throws(() => parseReference(text), /names nothing/));
  }
});

describe('exit codes', () => {
  it('problems of the caller, of permission and of time have their own', () => {
    const codeOf = (code: (typeof problemCodes)[number]) => exitCodes[exitOfProblem(code)].code;
    assert.deepEqual(
      (
        [
          'Unauthenticated',
          'Forbidden',
          'InvalidInput',
          'DeadlineExceeded',
          'TargetLocked',
        ] as const
      ).map(codeOf),
      [4, 4, 7, 8, 1],
    );
    for (const code of problemCodes) assert.notEqual(codeOf(code), 0, code);
  });
});

describe('pictures', () => {
  it('a release in flight: stages, weight, step, verdict, commands', () => {
    assert.deepEqual(renderRelease(aRelease(), aRollout(), plain, 20_000), [
      'checkout 1.1.0  ▶ Analysing  20s',
      '├─ staging     ✔ Promoted  rolling  12s',
      '└─ production  ▶ Analysing  canary  8s',
      '    ██████░░░░░░░░░░░░░░░░░░  25 %',
      '    step     2 of 4: traffic to 25 % on 1 instances',
      '    verdict  pass: errors 0.2 %, limit 5 %',
      'possible now: abort',
    ]);
  });

  it('a release that waits for people says for how many', () => {
    const stage = aStage({ phase: 'AwaitingApproval', approvalsRequired: 2, endedAtMs: null });
    const lines = renderRelease(aRelease({ stages: [stage] }), null, plain, 0);
    assert.ok(lines.includes('    approvals 0 of 2'), lines.join('\n'));
  });

  it('a rollout with its steps, what it holds for and why it ended', () => {
    const held = renderRollout(
      aRollout({ phase: 'Holding', holding: 'no traffic' }),
      plain,
      20_000,
    );
    assert.equal(held[0], 'checkout/production#3  1.0.0 → 1.1.0  ‖ Holding  8s');
    assert.deepEqual(
      held.slice(1, 4).map((line) => line.slice(2, 6)),
      ['✔ 1.', '▶ 2.', '· 3.'],
    );
    assert.ok(held.includes('holding  no traffic'));
    const full = renderRollout(aRollout({ commands: ['abort', 'promoteFull'] }), plain, 0);
    assert.equal(full.at(-1), 'possible now: abort, promote --full');
    const over = aRollout({ outcome: 'rolledBack', phase: 'RolledBack', reason: '30 % errors' });
    assert.ok(renderRollout(over, plain, 0).includes('reason   30 % errors'));
  });

  it('a target with lock, queue and history', () => {
    const lock = { owner: 'ann', reason: 'freeze', sinceMs: 0, expiresAtMs: 0 };
    const text = renderTarget(aTarget({ lock }), plain).join('\n');
    assert.match(text, /locked {4}by ann until 1970-01-01T00:00:00.000Z: freeze/);
    assert.match(text, /#2 {2}1\.0\.0 {2}promoted {2}all well/);
  });

  it('text from elsewhere cannot steer the terminal', () => {
    const reason = 'bad\u001b[2J\u0007\nnext';
    const lines = [
      ...renderRelease(aRelease({ reason }), aRollout({ holding: reason }), plain, 0),
      ...renderRollout(aRollout({ reason, holding: reason }), plain, 0),
      ...factsOf(aRelease({ reason }), aRollout({ holding: reason })).values(),
    ];
    for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
    assert.equal(harmless(reason), 'bad[2J next');
  });

  it('colours only on a terminal, and not with NO_COLOR', () => {
    const painted = (isTerminal: boolean, env: Record<string, string>) =>
      createPaint({ isTerminal, env })('red', 'x');
    assert.equal(painted(true, {}), '\u001b[31mx\u001b[0m');
    assert.equal(painted(true, { NO_COLOR: '1' }), 'x');
    assert.equal(painted(true, { TERM: 'dumb' }), 'x');
    assert.equal(painted(false, {}), 'x');
  });

  it('bars, durations and tables', () => {
    assert.equal(progressBar(0), `${'░'.repeat(24)}   0 %`);
    assert.equal(progressBar(100), `${'█'.repeat(24)} 100 %`);
    assert.deepEqual([0, 59_400, 61_000, 3_660_000].map(roundedDuration), [
      '0s',
      '59s',
      '1m01s',
      '1h01m',
    ]);
    assert.deepEqual(
      table([
        ['a', 'b'],
        ['long', ''],
      ]),
      ['a     b', 'long'],
    );
  });
});

/** What a terminal shows after the text: cursor up, carriage return, clear line, newline. */
function screenAfter(text: string): string[] {
  const rows: string[] = [];
  let row = 0;
  const parts = new RegExp(`${escape}\\[(\\d+)A|\\r|${escape}\\[2K|\\n|[^${escape}\\r\\n]+`, 'g');
  for (const part of text.matchAll(parts)) {
    if (part[1] !== undefined) row -= Number(part[1]);
    else if (part[0] === '\n') row++;
    else if (part[0] === `${escape}[2K`) rows[row] = '';
    else if (part[0] !== '\r') rows[row] = (rows[row] ?? '') + part[0];
  }
  return rows;
}

describe('live view', () => {
  const frames = fc.array(
    fc.array(fc.constantFrom('a', 'bb', 'ccc', 'x'.repeat(50)), { maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );

  it('on a terminal shows exactly the last lines, whatever was shown before', () => {
    fc.assert(
      fc.property(frames, (shown) => {
        let text = '';
        const view = createTerminalView(
          (part) => {
            text += part;
          },
          () => 21,
        );
        for (const lines of shown) view.show(lines, new Map());
        const want = shown
          .at(-1)
          ?.map((line) => (line.length > 20 ? `${line.slice(0, 19)}…` : line));
        const rows = screenAfter(text).map((row) => row ?? '');
        while (rows.length > 0 && rows.at(-1) === '') rows.pop();
        assert.deepEqual(rows, want);
      }),
      { numRuns: 500 },
    );
  });

  it('writes nothing when nothing changed, and only the line that did', () => {
    const writes: string[] = [];
    const view = createTerminalView(
      (part) => writes.push(part),
      () => 80,
    );
    view.show(['one', 'two', 'three'], new Map());
    view.show(['one', 'two', 'three'], new Map());
    view.show(['one', 'TWO', 'three'], new Map());
    assert.equal(writes.length, 2);
    assert.doesNotMatch(writes[1] ?? '', /one|three/);
    assert.match(writes[1] ?? '', /TWO/);
  });

  it('in a pipe tells each change once, as a plain line', () => {
    let text = '';
    const view = createPlainView(
      (part) => {
        text += part;
      },
      () => 0,
    );
    const at = (weight: number) => factsOf(aRelease(), aRollout({ weight }));
    view.show([], at(5));
    view.show([], at(5));
    view.show([], at(25));
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes('weight')).length, 2);
    assert.equal(lines.filter((line) => line.includes('staging')).length, 1);
    assert.equal(lines.at(-1), '00:00:00  production weight  25 %');
    assert.ok(!text.includes(escape));
  });
});
