/** docs/github.md names every permission and event that the code asks for. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { allPermissions } from '../../../src/adapters/github/grants.js';
import { wantedEvents } from '../../../src/adapters/github/inspect-hook.js';

/** As GitHub's pages name them. */
const titles: Readonly<Record<string, string>> = {
  ...{ pull_requests: 'Pull requests', statuses: 'Commit statuses' },
};
const titleOf = (name: string) => titles[name] ?? `${name[0]?.toUpperCase()}${name.slice(1)}`;

describe('docs/github.md', () => {
  let text: string;
  before(async () => {
    text = await readFile(new URL('../../../docs/github.md', import.meta.url), 'utf8');
  });

  for (const [name, { access }] of allPermissions()) {
    it(`asks for ${name}: ${access}`, () => {
      assert.match(text, new RegExp(`^\\| ${titleOf(name)} \\| ${access}`, 'm'));
    });
  }

  it('asks for every event', () => {
    const [, listed = ''] = /\*\*Events:\*\*([^.]+)\./.exec(text) ?? [];
    const events = listed.split(',').map((one) => one.trim().replace(/\s+/g, '_'));
    assert.deepEqual(events.sort(), [...wantedEvents].sort());
  });
});
