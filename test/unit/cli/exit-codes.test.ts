/** The nine exit codes: each reached through the whole command line, by an API that answers as it is told. */
import assert from 'node:assert/strict';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import { Failure, type FailureCode } from '../../../src/domain/failures.js';
import type { ReleaseOutcome } from '../../../src/domain/release/release.js';
import type { Answers } from '../../support/cli-under-test.js';
import { runSluice } from '../../support/cli-under-test.js';
import { aRelease, aRollout } from '../../support/views.js';

const digest = `sha256:${'b'.repeat(64)}`;
const watch = ['watch', 'checkout@1.1.0'];
const wait = ['release', 'checkout@1.1.0', '--digest', digest, '--wait'];
const path = 'GET /v1/releases/checkout/1.1.0';
const rolloutPath = 'GET /v1/rollouts/checkout/production/3';

const accepted = {
  releaseId: 'release:checkout:1.1.0',
  service: 'checkout',
  version: '1.1.0',
  digest,
  location: '/v1/releases/checkout/1.1.0',
  attached: false,
  links: { self: '/', why: '/', temporal: null },
};
const ended = (outcome: ReleaseOutcome): Answers => ({
  'POST /v1/releases': () => accepted,
  [path]: () => aRelease({ outcome, environment: null }),
  [rolloutPath]: () => aRollout({ outcome: outcome as 'promoted' }),
});
const running: Answers = { [path]: () => aRelease(), [rolloutPath]: () => aRollout() };
const failing = (code: FailureCode): Answers => ({ [path]: () => new Failure(code, 'so it is') });

const rows: readonly (readonly [code: number, argv: readonly string[], answers: Answers])[] = [
  [0, watch, ended('promoted')],
  [0, wait, ended('promoted')],
  [0, ['watch', 'checkout/production#3'], ended('promoted')],
  [0, ['help'], {}],
  [1, watch, failing('NotFound')],
  [1, watch, failing('Conflict')],
  [2, watch, ended('aborted')],
  [3, watch, ended('rolledBack')],
  [3, wait, ended('rolledBack')],
  [3, ['watch', 'checkout/production#3'], ended('rolledBack')],
  [4, watch, failing('Unauthenticated')],
  [4, watch, failing('Forbidden')],
  [5, watch, ended('rejected')],
  [5, wait, ended('rejected')],
  [6, watch, ended('superseded')],
  [6, ['watch', 'checkout/production#3'], ended('superseded')],
  [7, watch, failing('InvalidInput')],
  [7, ['watch', 'checkout'], {}],
  [7, ['release', 'checkout@1.1.0'], {}],
  [7, ['nothing-like-it'], {}],
  [7, ['validate', '/nowhere/sluice.yaml'], {}],
  [8, [...watch, '--timeout', '150ms'], running],
  [8, ['get', 'checkout@1.1.0'], failing('DeadlineExceeded')],
];

describe('exit codes', () => {
  for (const [want, argv, answers] of rows) {
    const [said = ''] = Object.entries(answers).map(([, answer]) => {
      const seen = answer({} as never) as {
        readonly outcome?: string | null;
        readonly code?: string;
      };
      return seen.outcome ?? seen.code ?? '';
    });
    it(`${want} from ${argv.slice(0, 3).join(' ')} ${said}`.trimEnd(), async () => {
      const people = await runSluice(argv, answers);
      assert.equal(people.code, want, people.err);
      const machines = await runSluice([...argv, '--json'], answers);
      assert.equal(machines.code, want);
      if (argv[0] !== 'help') JSON.parse(machines.out);
    });
  }

  it('are all in the table above', () => {
    const reached = [...new Set(rows.map(([code]) => code))];
    assert.deepEqual(
      reached,
      Object.values(exitCodes).map(({ code }) => code),
    );
  });
});
