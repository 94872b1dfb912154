/** sluice.yaml: what it accepts, and how exactly it says what is wrong. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProject, type Project, parseProject } from '../../../src/config/project.js';
import { Failure } from '../../../src/domain/failures.js';

const sound = `apiVersion: sluice/v1
project: shop
platforms:
  local: {kind: playground}
services:
  checkout:
    workload: {command: [node, server.mjs]}
environments:
  integration: {platform: local, strategy: rolling}
  production:
    platform: local
`;

function faultsOf(text: string): readonly string[] {
  try {
    parseProject(text, '/shop/sluice.yaml');
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, 'InvalidInput');
    assert.equal(error.details.where, error.details.faults?.[0]?.where);
    return (error.details.faults ?? []).map(({ where, message }) => `${where} ${message}`);
  }
  return [];
}

/** The sound file with one text put for another; fails when the first is not there. */
function changed(from: string, to: string): string {
  assert.ok(sound.includes(from), from);
  return sound.replace(from, to);
}

describe('loadProject', () => {
  it('reads the example, given as file or as folder', async () => {
    const folder = fileURLToPath(new URL('../../../examples/checkout', import.meta.url));
    const byFolder = await loadProject(folder);
    const byFile = await loadProject(`${folder}/sluice.yaml`);
    assert.deepEqual(byFolder, byFile);
    const names = byFolder.environments.map(({ name }) => name);
    assert.deepEqual(names, ['integration', 'staging', 'production']);
    assert.equal(byFolder.services.checkout?.workload.directory, folder);
  });

  it('parses a text once, and whatever it became at the next call', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-project-'));
    const [file, other] = [join(folder, 'sluice.yaml'), join(folder, 'other.yaml')];
    try {
      await Promise.all([writeFile(file, sound), writeFile(other, sound)]);
      const first = await loadProject(file);
      assert.equal(await loadProject(folder), first);
      // Paths in it are those of another file.
      assert.equal((await loadProject(other)).file, other);
      await writeFile(file, changed('project: shop', 'project: ship'));
      assert.equal((await loadProject(file)).project, 'ship');
      await writeFile(file, changed('project: shop', 'project: [shop]'));
      for (const _ of [1, 2]) await assert.rejects(loadProject(file), Failure);
      await writeFile(file, sound);
      assert.deepEqual(await loadProject(file), first);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('names the command to mend a missing file', async () => {
    await assert.rejects(loadProject('/no/such/place'), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, 'NotFound');
      assert.match(error.details.next ?? '', /SLUICE_CONFIG/);
      return true;
    });
  });

  it('freezes what it read', () => {
    const project = parseProject(sound, '/shop/sluice.yaml') as {
      -readonly [K in keyof Project]: Project[K];
    };
    assert.throws(() => {
      project.project = 'other';
    }, TypeError);
    assert.ok(Object.isFrozen(project.services.checkout?.workload.command));
  });

  it('keeps environments in the written order, even when they look like numbers', () => {
    const text = changed(
      '  integration:',
      '  "2": {platform: local}\n  "1": {platform: local}\n  integration:',
    );
    const names = parseProject(text, '/shop/sluice.yaml').environments.map(({ name }) => name);
    assert.deepEqual(names, ['2', '1', 'integration', 'production']);
  });
});

const table = [
  {
    name: 'an unknown key, with the one that was meant',
    text: changed('    platform: local\n', '    platform: local\n    stratgy: canary\n'),
    want: [
      /^\/shop\/sluice\.yaml:12:5 environments\.production\.stratgy: unknown key, allowed: .*; did you mean "strategy"\?$/,
    ],
  },
  {
    name: 'a key that is missing, at the thing that lacks it',
    text: changed('{command: [node, server.mjs]}', '{instances: 2}'),
    want: [/:7:5 services\.checkout\.workload\.command: is missing, allowed: a list$/],
  },
  {
    name: 'an unknown platform, with candidates',
    text: changed('{platform: local, ', '{platform: lcoal, '),
    want: [
      /:9:17 environments\.integration\.platform: there is no platform "lcoal", there are: local; did you mean "local"\?$/,
    ],
  },
  {
    name: 'an unknown strategy',
    text: changed('strategy: rolling', 'strategy: roling'),
    want: [
      /:9:34 .*strategy: seen "roling", allowed: canary, blueGreen, rolling.*did you mean "rolling"/,
    ],
  },
  {
    name: 'a step of two kinds',
    text: changed('strategy: rolling', 'strategy: {canary: {steps: [{setWeight: 5, pause: {}}]}}'),
    want: [/steps\[0\]: seen an object, allowed: exactly one of: setWeight, pause/],
  },
  {
    name: 'an unknown step, once',
    text: changed('strategy: rolling', 'strategy: {canary: {steps: [{setWieght: 5}]}}'),
    want: [/steps\[0\]\.setWieght: unknown key, .*did you mean "setWeight"/],
  },
  {
    name: 'weights that do not ascend, and one out of range',
    text: changed(
      'strategy: rolling',
      'strategy: {canary: {steps: [{setWeight: 50}, {setWeight: 20}, {setWeight: 101}]}}',
    ),
    want: [
      /steps\[1\]\.setWeight: seen 20, allowed: a weight above the 50/,
      /steps\[2\]\.setWeight: seen 101, allowed: at most 100/,
    ],
  },
  {
    name: 'a fraction where an integer belongs',
    text: changed('strategy: rolling', 'strategy: {canary: {steps: [{setWeight: 2.5}]}}'),
    want: [/setWeight: seen 2\.5, allowed: an integer from 0 to 100/],
  },
  {
    name: 'a number where a share belongs, and a word where a duration belongs',
    text: changed(
      '    platform: local\n',
      '    platform: local\n    soak: ten\n    health: {errorRate: {max: 5}}\n',
    ),
    want: [
      /:12:5 .*soak: seen "ten", allowed: a duration/,
      /:13:26 .*errorRate\.max: seen 5, allowed: a share/,
    ],
  },
  {
    name: 'a literal where a credential belongs, without repeating it',
    text: changed('{kind: playground}', '{kind: playground, token: hunter2}'),
    want: [
      /:4:29 platforms\.local\.token: seen something else, allowed: only \{env: NAME\} or \{file: path\}/,
    ],
  },
  {
    name: 'a wrong name and the fault behind it',
    text: changed(
      '  integration: {platform: local, strategy: rolling}',
      '  Integration: {platform: local, soak: 5}',
    ),
    want: [
      /:9:3 environments: seen the name "Integration"/,
      /:9:34 environments\.Integration\.soak: seen 5/,
    ],
  },
  {
    name: 'automatic promotion beside approvals',
    text: changed(
      '    platform: local\n',
      '    platform: local\n    promotion: auto\n    approvals: {required: 1}\n',
    ),
    want: [/:12:5 environments\.production\.promotion: seen "auto" beside approvals/],
  },
  {
    name: 'limits that contradict each other, looks without pause, waits without end',
    text: changed(
      '    platform: local\n',
      '    platform: local\n    soak: 99999999999d\n    health: {errorRate: {max: 1%, success: 5%}, interval: 0s}\n',
    ),
    want: [
      /soak: seen "99999999999d", allowed: a duration of ten years at most/,
      /:13:35 .*errorRate\.success: seen "5%", allowed: at most what `max` says/,
      /interval: seen "0s", allowed: at least 100ms/,
    ],
  },
  {
    name: 'another version of the format',
    text: changed('sluice/v1', 'sluice/v2'),
    want: [/:1:1 apiVersion: seen "sluice\/v2", allowed: sluice\/v1/],
  },
  {
    name: 'a key that stands twice',
    text: changed('project: shop', 'project: shop\nproject: shop'),
    want: [/:3:1 Map keys must be unique/],
  },
  {
    name: 'a file that is empty',
    text: '',
    want: [/:1:1 the file: seen nothing, allowed: an object/],
  },
];

describe('faults of sluice.yaml', () => {
  it('finds none in the sound file', () => assert.deepEqual(faultsOf(sound), []));

  for (const { name, text, want } of table) {
    it(name, () => {
      const faults = faultsOf(text);
      assert.equal(faults.length, want.length, faults.join('\n'));
      want.forEach((pattern, index) => assert.match(faults[index] ?? '', pattern));
      assert.ok(!faults.join().includes('hunter2'));
    });
  }

  it('refuses aliases that multiply', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [before, name] of 'abcdefgh'.split('').map((c, i, all) => [c, all[i + 1]])) {
      if (name) bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    assert.match(faultsOf(bomb.join('\n'))[0] ?? '', /the aliases are refused/);
  });

  it('resolves ordinary anchors and places faults behind them', () => {
    const text = changed(
      '  integration: {platform: local, strategy: rolling}',
      '  integration: &calm\n    platform: local\n    soak: never\n  staging: *calm',
    );
    assert.equal(faultsOf(text).length, 2);
    assert.match(faultsOf(text)[0] ?? '', /:11:5 environments\.integration\.soak: seen "never"/);
  });
});
