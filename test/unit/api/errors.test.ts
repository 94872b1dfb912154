/** The catalogue of errors: every code has its cause and its mend, and whoever is told to type a command can. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failureGuide, renderErrorsPage } from '../../../src/api/failure-guide.js';
import { describeApi } from '../../../src/api/openapi.js';
import { renderReference } from '../../../src/api/reference-page.js';
import { problemCodes } from '../../../src/api/schemas/problem.js';
import { faultOf } from '../../support/said-commands.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Texts that stand in `next:`, as they are written; what is filled in is `<>`. */
function nextTexts(source: string): string[] {
  const texts = source.matchAll(/\bnext(?: =|:)\s*(`[^`]*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g);
  return [...texts].map(([, text = '']) => text.slice(1, -1).replace(/\$\{[^}]*\}/g, '<>'));
}

/** `…: sluice why <>, or …` → `sluice why <>`. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\bsluice ([a-z][^,;:)"`]*)/g)].map(([, rest = '']) => `sluice ${rest}`);
}

describe('errors', () => {
  it('docs/errors.md is up to date (else run: node --import tsx scripts/publish-errors.mjs)', () => {
    assert.equal(read('docs/errors.md'), renderErrorsPage());
  });

  it('have a place in the reference, where their `type` points, with cause and mend', () => {
    const page = renderReference(describeApi());
    for (const code of problemCodes) {
      const [row = ''] = page.split(`<tr id="problem-${code}">`)[1]?.split('</tr>') ?? [];
      assert.equal(row.match(/<td>/g)?.length, 5, code);
      const { cause, mend } = failureGuide[code];
      assert.ok(cause.length > 20 && mend.length > 10, code);
    }
  });

  it('of the catalogue name true commands only', async () => {
    for (const [code, { mend }] of Object.entries(failureGuide)) {
      for (const [, command = ''] of mend.matchAll(/`(sluice [^`]*)`/g)) {
        assert.equal(await faultOf(command), null, `${code}: ${command}`);
      }
    }
  });

  it('of the source name true commands only', async () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    let count = 0;
    const faults: string[] = [];
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      for (const text of nextTexts(read(join('src', file)))) {
        for (const command of commandsIn(text)) {
          if (/^sluice \S+ …/.test(command)) continue;
          count += 1;
          const fault = await faultOf(command);
          if (fault !== null) faults.push(`${file}: ${command}: ${fault}`);
        }
      }
    }
    assert.deepEqual(faults, []);
    assert.ok(count > 40, `${count} commands were found`);
  });
});
