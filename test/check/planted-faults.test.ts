/** Plants one fault of each kind and expects the check that is meant for it to name it. */
import assert from 'node:assert/strict';
import { buildHouse, type CheckRun, type House, runCheck } from './planted-house.js';

const say = '/** A file that says what it is for. */\n';

interface Planted {
  readonly fault: string;
  readonly check: string;
  readonly path: string;
  readonly text: string;
  /** What the check's output says on the line that names the file. */
  readonly says: string;
}

const planted: readonly Planted[] = [
  {
    fault: 'a promise nobody waits for',
    check: 'lint',
    path: 'src/api/floating.ts',
    text: `${say}export function start(work: () => Promise<void>): void {\n  work();\n}\n`,
    says: 'no-floating-promises',
  },
  {
    fault: 'a promise used as a condition',
    check: 'lint',
    path: 'src/api/misused.ts',
    text: `${say}export function ask(ok: () => Promise<boolean>): number {\n  return ok() ? 1 : 2;\n}\n`,
    says: 'no-misused-promises',
  },
  {
    fault: 'a decision that forgets a kind, hidden by a default',
    check: 'lint',
    path: 'src/domain/forgetful.ts',
    text: `${say}export function weigh(kind: 'pass' | 'fail'): number {\n  switch (kind) {\n    case 'pass':\n      return 1;\n    default:\n      return 0;\n  }\n}\n`,
    says: 'switch-exhaustiveness-check',
  },
  {
    fault: 'a type imported as a value',
    check: 'lint',
    path: 'src/api/value-import.ts',
    text: `${say}import { Clean } from '../domain/clean.js';\nexport const clean: Clean = { kind: 'clean' };\n`,
    says: 'consistent-type-imports',
  },
  {
    fault: 'a type reached by import() past the import table',
    check: 'lint',
    path: 'src/domain/inline-import.ts',
    text: `${say}export type Hidden = import('../ports/clock.js').Clock;\n`,
    says: 'consistent-type-imports',
  },
  {
    fault: 'a default export',
    check: 'lint',
    path: 'src/api/default-export.ts',
    text: `${say}export default 1;\n`,
    says: 'no-default-export',
  },
  {
    fault: 'an explicit any',
    check: 'lint',
    path: 'src/api/loose.ts',
    text: `${say}export const loose = (value: any): string => String(value);\n`,
    says: 'no-explicit-any',
  },
  {
    fault: 'front matter that can run code',
    check: 'lint',
    path: 'src/api/front-matter.ts',
    text: `${say}import matter from 'gray-matter';\nexport const read = matter;\n`,
    says: 'no-restricted-imports',
  },
  {
    fault: 'the file system in the domain',
    check: 'lint',
    path: 'src/domain/reads-files.ts',
    text: `${say}import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x');\n`,
    says: 'no-restricted-imports',
  },
  {
    fault: 'the clock in the domain',
    check: 'lint',
    path: 'src/domain/clock.ts',
    text: `${say}export const age = (sinceMs: number): number => Date.now() - sinceMs;\n`,
    says: 'no-restricted-properties',
  },
  {
    fault: 'chance in the domain',
    check: 'lint',
    path: 'src/domain/chance.ts',
    text: `${say}export const toss = (): boolean => Math.random() < 0.5;\n`,
    says: 'no-restricted-properties',
  },
  {
    fault: 'the process read outside a main.ts',
    check: 'lint',
    path: 'src/api/reads-process.ts',
    text: `${say}export const port = process.env.PORT;\n`,
    says: 'no-restricted-globals',
  },
  {
    fault: 'a workflow that imports an activity as a value',
    check: 'lint',
    path: 'src/workflows/calls-activity.ts',
    text: `${say}import { act } from '../activities/act.js';\nexport const direct = act;\n`,
    says: 'no-restricted-imports',
  },
  {
    fault: 'work left for later',
    check: 'lint',
    path: 'src/api/later.ts',
    text: `${say}// ${'TO'}DO: finish\nexport const later = 1;\n`,
    says: 'no-warning-comments',
  },
  {
    fault: 'a file of more than 400 lines',
    check: 'lint',
    path: 'src/api/long.ts',
    text: `${say}${Array.from({ length: 400 }, (_, line) => `export const line${line} = ${line};`).join('\n')}\n`,
    says: 'max-lines',
  },
  {
    fault: 'an unchecked index',
    check: 'types',
    path: 'src/api/index-access.ts',
    text: `${say}export const first = (names: string[]): string => names[0];\n`,
    says: 'TS2322',
  },
  {
    fault: 'an optional property set to undefined',
    check: 'types',
    path: 'src/api/exact.ts',
    text: `${say}export const exact: { name?: string } = { name: undefined };\n`,
    says: 'TS2375',
  },
  {
    fault: 'a file that is not formatted',
    check: 'format',
    path: 'src/api/unformatted.ts',
    text: `${say}export const   crooked = "1"\n`,
    says: 'format',
  },
  {
    fault: 'an upward import of a type',
    check: 'boundaries',
    path: 'src/domain/upward.ts',
    text: `${say}import type { Clock } from '../ports/clock.js';\nexport type Upward = Clock;\n`,
    says: 'domain-imports',
  },
  {
    fault: 'a circle of types',
    check: 'boundaries',
    path: 'src/domain/circle-one.ts',
    text: `${say}import type { Two } from './circle-two.js';\nexport type One = Two | 1;\n`,
    says: 'no-circles',
  },
  {
    fault: 'zod in the domain outside a schema',
    check: 'boundaries',
    path: 'src/domain/parses.ts',
    text: `${say}import { z } from 'zod';\nexport const name = z.string();\n`,
    says: 'domain-packages',
  },
  {
    fault: 'a vendor in a port',
    check: 'boundaries',
    path: 'src/ports/vendor.ts',
    text: `${say}import type { Client } from '@temporalio/client';\nexport type Engine = Client;\n`,
    says: 'ports-packages',
  },
  {
    fault: 'an adapter that leans on another',
    check: 'boundaries',
    path: 'src/adapters/one/leans.ts',
    text: `${say}export { two } from '../two/two.js';\n`,
    says: 'adapters-keep-apart',
  },
  {
    fault: 'an adapter constructed outside the wiring',
    check: 'boundaries',
    path: 'src/api/constructs.ts',
    text: `${say}export { two as adapter } from '../adapters/two/two.js';\n`,
    says: 'api-imports',
  },
  {
    fault: 'the playground used from inside',
    check: 'boundaries',
    path: 'src/embedded/reaches-in.ts',
    text: `${say}export { platform as inner } from '../playground/platform.js';\n`,
    says: 'embedded-imports',
  },
  {
    fault: 'an importer that opens files',
    check: 'boundaries',
    path: 'src/import/opens.ts',
    text: `${say}export { readFileSync as read } from 'node:fs';\n`,
    says: 'import-packages',
  },
  {
    fault: 'an importer that knows a platform',
    check: 'boundaries',
    path: 'src/import/knows.ts',
    text: `${say}export { two as known } from '../adapters/two/two.js';\n`,
    says: 'import-imports',
  },
  {
    fault: 'a reader of history that opens files',
    check: 'boundaries',
    path: 'src/history/opens.ts',
    text: `${say}export { readFileSync as read } from 'node:fs';\n`,
    says: 'history-packages',
  },
  {
    fault: 'a dynamic import past the table',
    check: 'boundaries',
    path: 'src/activities/dynamic.ts',
    text: `${say}export const late = (): Promise<unknown> => import('../adapters/two/two.js');\n`,
    says: 'activities-imports',
  },
  {
    fault: 'a room that is not in the table',
    check: 'boundaries',
    path: 'src/services/release-service.ts',
    text: `${say}export const room = 1;\n`,
    says: 'unknown-room',
  },
  {
    fault: 'an import that leads nowhere',
    check: 'boundaries',
    path: 'src/api/nowhere.ts',
    text: `${say}export { nothing } from './not-there.js';\n`,
    says: 'no-unresolved',
  },
  {
    fault: 'source that imports a test',
    check: 'boundaries',
    path: 'src/api/uses-test.ts',
    text: `${say}export { aid } from '../../test/support/aid.js';\n`,
    says: 'src-stands-alone',
  },
  {
    fault: 'a file that does not say what it is for',
    check: 'house',
    path: 'src/api/silent.ts',
    text: 'export const silent = 1;\n',
    says: 'first-sentence',
  },
  {
    fault: 'a name that is not kebab-case',
    check: 'house',
    path: 'src/api/camelCase.ts',
    text: `${say}export const camel = 1;\n`,
    says: 'file-name',
  },
  {
    fault: 'a drawer',
    check: 'house',
    path: 'src/api/string-utils.ts',
    text: `${say}export const drawer = 1;\n`,
    says: 'drawer-name',
  },
  {
    fault: 'an argument-less Date in the domain',
    check: 'house',
    path: 'src/domain/today.ts',
    text: `${say}export const today = (): Date => new Date();\n`,
    says: 'clock',
  },
  {
    fault: 'an export nobody uses',
    check: 'dead-code',
    path: 'src/api/half-used.ts',
    text: `${say}export const used = 1;\nexport const orphan = 2;\n`,
    says: 'orphan',
  },
  {
    fault: 'a file nobody imports',
    check: 'dead-code',
    path: 'src/api/forgotten.ts',
    text: `${say}export const forgotten = 1;\n`,
    says: 'forgotten',
  },
  {
    fault: 'a package that is not declared',
    check: 'dead-code',
    path: 'src/api/undeclared.ts',
    text: `${say}import mime from 'mime-types';\nexport const undeclared = mime;\n`,
    says: 'mime-types',
  },
];

/** What the faults lean on, and a few things that look like faults and are allowed. */
const sound: Readonly<Record<string, string>> = {
  'src/domain/clean.ts': `${say}export interface Clean {\n  readonly kind: 'clean';\n}\n`,
  'src/domain/circle-two.ts': `${say}import type { One } from './circle-one.js';\n\nexport type Two = One | 2;\n`,
  'src/domain/name-schema.ts': `${say}import { z } from 'zod';\n\nexport const nameSchema = z.string();\n`,
  'src/ports/clock.ts': `${say}export interface Clock {\n  nowMs(): number;\n}\n`,
  'src/activities/act.ts': `${say}export const act = async (): Promise<void> => {};\n`,
  'src/adapters/two/two.ts': `${say}import type { Clock } from '../../ports/clock.js';\n\nexport const two: Clock = { nowMs: () => 2 };\n`,
  'src/playground/platform.ts': `${say}export const platform = 1;\n`,
  'src/workers/adapters.ts': `${say}export { two } from '../adapters/two/two.js';\n`,
  'src/api/main.ts': `${say}import { two } from '../adapters/two/two.js';\nimport { used } from './half-used.js';\nimport { undeclared } from './undeclared.js';\n\nprocess.stdout.write(String(two.nowMs() + used) + undeclared);\n`,
  'test/support/aid.ts': `${say}export const aid = 1;\n`,
};

describe('check over planted faults', () => {
  let house: House;
  let run: CheckRun;

  before(async () => {
    const faults = planted.map(({ path, text }) => [path, text] as const);
    house = buildHouse({ ...sound, ...Object.fromEntries(faults) });
    run = await runCheck(house, ['lint', 'types', 'format', 'boundaries', 'house', 'dead-code']);
  });
  after(() => house.remove());

  it('fails', () => assert.equal(run.code, 1));

  for (const { fault, check, path, says } of planted) {
    it(`${check} names ${fault}`, () => {
      const lines = run.section(check).split('\n');
      const naming = lines.filter((line) => line.includes(path) && line.includes(says));
      assert.ok(naming.length > 0, `no line of "${check}" has ${path} and ${says}`);
    });
  }

  for (const path of ['src/domain/name-schema.ts', 'src/workers/adapters.ts', 'src/api/main.ts']) {
    it(`leaves ${path} alone`, () => {
      for (const check of ['lint', 'boundaries', 'house']) {
        const lines = run.section(check).split('\n');
        assert.deepEqual(
          lines.filter((line) => line.startsWith(path) || line.includes(`: ${path} `)),
          [],
        );
      }
    });
  }
});
