/** Values stay what they are in every query language, whatever is in them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonpath as json } from 'json-p3';
import {
  dataText,
  datadogQuery,
  jsonpath,
  type Language,
  nrql,
  promql,
  urlPath,
} from '../../../src/domain/series/languages.js';
import type { QueryValues } from '../../../src/domain/series/series.js';
import { fillText, readTemplate } from '../../../src/domain/series/template.js';
import { hostileValues } from './hostile-values.js';

const values = (revision: string, instances: readonly string[] = ['a']): QueryValues => {
  return { service: 'checkout', environment: 'production', revision, instances };
};

const anyText = fc.oneof(
  fc.constantFrom(...hostileValues),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.constantFrom(...hostileValues), { maxLength: 4 }).map((parts) => parts.join('')),
);

/** What a reader of Go's quoted strings makes of it; null: it is not one literal to its end. */
function readQuoted(text: string): string | null {
  const quote = text[0];
  let read = '';
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === quote) return at === text.length - 1 ? read : null;
    if (char === '\n') return null;
    if (char !== '\\') {
      read += char;
      continue;
    }
    const next = text[(at += 1)] ?? '';
    if (next === 'u') {
      read += String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 5), 16));
      at += 4;
    } else if (next === '\\' || next === quote) read += next;
    else return null;
  }
  return null;
}

const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

describe('values in templates', () => {
  it('are one literal of PromQL, equal to the value', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('"', "'"), (revision, quote) => {
        const filled = fillText(`up{v=${quote}{{revision}}${quote}}`, promql, values(revision));
        assert.equal(readQuoted(filled.slice(5, -1)), wellFormed(revision));
      }),
    );
  });

  it('are one literal of PromQL that matches the value alone, as a regular expression', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const text = 'up{pod=~"x{{instances}}"}';
        const filled = fillText(text, promql, values('r', [one, other]));
        const pattern = readQuoted(filled.slice(8, -1));
        assert.notEqual(pattern, null);
        const matches = (value: string) => new RegExp(`^(?:${pattern})$`, 'us').test(value);
        assert.ok(matches(`x${wellFormed(one)}`) && matches(`x${wellFormed(other)}`));
        assert.equal(matches(`x${one}${other}y`), false);
      }),
    );
  });

  it('are one literal of NRQL, or refused', () => {
    fc.assert(
      fc.property(anyText, (revision) => {
        const template = "SELECT x FROM Y WHERE v = '{{revision}}' AND z IN ({{instances}})";
        let filled = '';
        try {
          filled = fillText(template, nrql, values(revision, [revision]));
        } catch (error) {
          assert.match(String(error), /cannot be written in NRQL/);
          assert.match(revision, /['"`\\\p{Cc}\p{Surrogate}]/u);
          return;
        }
        assert.equal(
          filled,
          template
            .replace('{{revision}}', () => revision)
            .replace('{{instances}}', () => `'${revision}'`),
        );
        assert.equal(filled.split("'").length, 5);
      }),
    );
  });

  it('are part of one tag of Datadog', () => {
    fc.assert(
      fc.property(anyText, (revision) => {
        const text = 'avg:x{version:v{{revision}},pod IN ({{instances}})} by {pod}';
        const filled = fillText(text, datadogQuery, values(revision, [revision, 'b']));
        assert.match(
          filled,
          /^avg:x\{version:v[a-z0-9_\-./:]*,pod IN \([a-z0-9_\-./:]*,b\)\} by \{pod\}$/,
        );
      }),
    );
  });

  it('are one part of a URL', () => {
    fc.assert(
      fc.property(anyText, (revision) => {
        const filled = fillText('/a/x{{revision}}/b?v={{revision}}&w=1', urlPath, values(revision));
        const url = new URL(filled, 'https://metrics.test');
        assert.equal(url.origin, 'https://metrics.test');
        assert.deepEqual(
          [...url.searchParams],
          [
            ['v', wellFormed(revision)],
            ['w', '1'],
          ],
        );
        assert.equal(
          decodeURIComponent(url.pathname.split('/')[2] ?? ''),
          `x${wellFormed(revision)}`,
        );
        assert.equal(url.pathname.split('/').length, 4);
      }),
    );
  });

  it('are one name of JSONPath, equal to the value', () => {
    fc.assert(
      fc.property(anyText, (revision) => {
        const key = wellFormed(revision);
        const path = fillText("$.by['{{revision}}'].lag", jsonpath, values(revision));
        const by = Object.defineProperty({ other: { lag: 2 } }, key, {
          ...{ value: { lag: 1 }, enumerable: true },
        });
        // The reader takes no control characters, written in whatever way.
        if (Array.from(key).some((char) => char < ' '))
          assert.throws(() => json.query(path, { by }));
        else assert.deepEqual(json.query(path, { by }).values(), [1], path);
      }),
    );
  });

  it('have no value where the target has none', () => {
    assert.throws(
      () => fillText('up{n="{{namespace}}"}', promql, values('r')),
      /\{\{namespace\}\} has no value/,
    );
  });
});

describe('templates that are refused', () => {
  const rows: readonly [Language, string, RegExp][] = [
    [promql, 'up{v="{{version}}"}', /unknown variable \{\{version\}\}/],
    [promql, 'up{v={{revision}}}', /stands in "…"/],
    [promql, '{{revision}}', /stands in "…"/],
    [promql, 'up{v=`{{revision}}`}', /stands in "…"/],
    [promql, 'label_replace(up, "{{revision}}", "", "", "")', /value of a label/],
    [promql, 'up{"{{revision}}"="x"}', /value of a label/],
    [promql, 'up{v="\\{{revision}}"}', /backslash before/],
    [promql, "up # it's {{revision}}", /comment/],
    [promql, 'up{v="{{revision}}}', /literal without its end/],
    [promql, 'up{v="{{ }}"}', /hold no variable/],
    [promql, 'up{v="{{instances}}"}', /needs =~/],
    [nrql, 'SELECT {{revision}} FROM X', /stands in '…'/],
    [nrql, "SELECT x FROM Y -- '{{revision}}'", /comment/],
    [nrql, "SELECT x FROM Y /* '{{revision}}' */", /comment/],
    [nrql, "SELECT x FROM Y WHERE v RLIKE r'{{revision}}'", /regular expression/],
    [nrql, "SELECT x FROM Y WHERE v = '{{instances}}'", /IN \(\{\{instances\}\}\)/],
    [nrql, 'SELECT x FROM Y WHERE v = "{{revision}}"', /stands in '…'/],
    [datadogQuery, 'avg:{{service}}.x{a:b}', /stands in \{…\}/],
    [datadogQuery, 'avg:x{{{service}}}', /behind the colon/],
    [datadogQuery, 'avg:x{a:b} by {{{revision}}}', /behind the colon/],
    [datadogQuery, 'avg:x{a:{{instances}}}', /IN \(\{\{instances\}\}\)/],
    [jsonpath, '$.{{revision}}', /one value stands in/],
    [jsonpath, "$['{{instances}}']", /one value stands in/],
    [dataText, 'x-{{instances}}', /stands alone/],
  ];
  for (const [language, text, message] of rows) {
    it(`${language.name}: ${text}`, () => {
      const read = readTemplate(text, language);
      assert.equal(read.kind, 'fault');
      assert.match(read.kind === 'fault' ? read.message : '', message);
    });
  }

  it('a quote in a comment is no literal, and a comment mark in a literal no comment', () => {
    const good = `up{v="{{revision}}"} # it's\n + up{w='#{{service}}'}`;
    assert.equal(readTemplate(good, promql).kind, 'template');
  });
});
