/** Faults of the bundle, the lockfile and the tools themselves, each in a house of its own. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildHouse, type CheckRun, type House, runCheck } from './planted-house.js';

const say = '/** A file that says what it is for. */\n';

async function checking(
  files: Readonly<Record<string, string>>,
  check: string,
  spoil: (house: House) => void = () => {},
): Promise<CheckRun> {
  const house = buildHouse(files);
  try {
    spoil(house);
    return await runCheck(house, [check]);
  } finally {
    house.remove();
  }
}

/** Hides the parser from dependency-cruiser, as if it were not installed. */
const blindfold = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name.startsWith('@swc/core')) throw new Error('absent');
  return resolve.call(this, name, ...rest);
};
`;

describe('check of the workflow bundle', () => {
  const story = (first: string) => ({
    'src/workflows/index.ts': `${say}${first}\nexport async function tell(): Promise<number> {\n  return told;\n}\n`,
  });

  it('passes a workflow that reaches nothing', async () => {
    const run = await checking(story('const told = 1;'), 'bundle');
    assert.equal(run.code, 0, run.output);
  });

  it('refuses a workflow that reaches a Node built-in', async () => {
    const run = await checking(
      story(
        "import { availableParallelism } from 'node:os';\nconst told = availableParallelism();",
      ),
      'bundle',
    );
    assert.equal(run.code, 1);
    assert.match(run.section('bundle'), /\bos\b/);
  });

  it('refuses a workflow that carries zod', async () => {
    const run = await checking(
      story("import { z } from 'zod';\nconst told = z.number().parse(1);"),
      'bundle',
    );
    assert.equal(run.code, 1);
    assert.match(run.section('bundle'), /forbidden in workflows: .*zod/);
  });

  it('says so when there is no workflow yet', async () => {
    const run = await checking({}, 'bundle');
    assert.equal(run.code, 0);
    assert.match(run.output, /skipped: src\/workflows\/index\.ts does not exist/);
  });
});

describe('check of the lockfile', () => {
  it("names another platform's package that npm left out", async () => {
    const spoil = ({ folder }: House) => {
      const path = join(folder, 'package-lock.json');
      const lock = JSON.parse(readFileSync(path, 'utf8'));
      delete lock.packages['node_modules/@biomejs/cli-darwin-arm64'];
      writeFileSync(path, JSON.stringify(lock));
    };
    const run = await checking({}, 'lockfile', spoil);
    assert.equal(run.code, 1);
    assert.match(run.section('lockfile'), /lacks node_modules\/@biomejs\/cli-darwin-arm64/);
  });
});

describe('check of the boundaries', () => {
  it('fails when its parser sees nothing', async () => {
    const files = ['one', 'two', 'three', 'four'].map((name, index, names) => {
      const before = names[index - 1];
      const first = before === undefined ? '' : `import type { T as B } from './${before}.js';\n`;
      return [`src/domain/${name}.ts`, `${say}${first}export type T = ${before ? 'B' : '1'};\n`];
    });
    const house = buildHouse({ ...Object.fromEntries(files), 'blindfold.cjs': blindfold });
    const env = { NODE_OPTIONS: `--require=${join(house.folder, 'blindfold.cjs')}` };
    const run = await runCheck(house, ['boundaries'], env).finally(() => house.remove());
    assert.equal(run.code, 1);
    assert.match(run.section('boundaries'), /blind: /);
  });
});

describe('check itself', () => {
  it('refuses a check it does not know, and lists those there are', async () => {
    const house = buildHouse({});
    const run = await runCheck(house, ['spelling']).finally(() => house.remove());
    assert.equal(run.code, 2);
    assert.match(run.output, /no check spelling; there are: .*boundaries/);
  });
});
