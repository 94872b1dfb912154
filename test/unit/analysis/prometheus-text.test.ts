/** The parser of Prometheus text takes what the format allows and refuses everything else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Counter, Registry } from 'prom-client';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';

const parse = (text: string) => parsePrometheusText(text, 'test');

describe('Prometheus text', () => {
  const rows: [string, string, ReturnType<typeof parse>][] = [
    ['a bare sample', 'up 1', [{ name: 'up', labels: {}, value: 1 }]],
    [
      'comments and empty lines',
      '# HELP up x\n\n# TYPE up gauge\nup 1\n',
      [{ name: 'up', labels: {}, value: 1 }],
    ],
    [
      'labels and a timestamp',
      'a{x="1",y="b c"} 2.5e3 1395066363000',
      [{ name: 'a', labels: { x: '1', y: 'b c' }, value: 2500 }],
    ],
    ['a comma after the last label', 'a{x="1",} 2', [{ name: 'a', labels: { x: '1' }, value: 2 }]],
    ['escapes', 'a{x="\\"\\\\\\n}"} 1', [{ name: 'a', labels: { x: '"\\\n}' }, value: 1 }]],
    [
      'infinity',
      'a{le="+Inf"} +Inf',
      [{ name: 'a', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY }],
    ],
    ['no number', 'a NaN', [{ name: 'a', labels: {}, value: Number.NaN }]],
  ];
  for (const [name, text, want] of rows) {
    it(`takes ${name}`, () => assert.deepEqual(parse(text), want));
  }

  for (const text of [
    'a',
    'a ',
    'a{x="1"}',
    'a{x="1" 4',
    'a{x=1} 4',
    'a{x="1"y="2"} 4',
    'a zz',
    'a 1 2 3',
    '1a 1',
    '<html>',
  ]) {
    it(`refuses ${JSON.stringify(text)} and says in which line`, () => {
      assert.throws(
        () => parse(`up 1\n${text}`),
        (error: Error & { code?: string; details?: { where?: string } }) => {
          assert.equal(error.code, 'Unavailable');
          assert.equal(error.details?.where, 'test:2');
          return true;
        },
      );
    });
  }

  it('reads back any label value that a client library writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.nat(), async (value, count) => {
        const registry = new Registry();
        const counter = new Counter({
          name: 'a',
          help: 'a',
          labelNames: ['x'],
          registers: [registry],
        });
        counter.inc({ x: value }, count);
        assert.deepEqual(parse(await registry.metrics()), [
          { name: 'a', labels: { x: value }, value: count },
        ]);
      }),
    );
  });
});
