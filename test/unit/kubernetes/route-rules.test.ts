/** How a split gets into the rules of an HTTPRoute and out again. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RouteFilter, RouteRule } from '../../../src/adapters/kubernetes/objects.js';
import { mergeRules, readRules } from '../../../src/adapters/kubernetes/routing/route-rules.js';
import type { Backends } from '../../../src/adapters/kubernetes/routing/routing.js';
import { emptySplit, type Split } from '../../../src/domain/rollout/split.js';
import { anySplit } from '../../support/routing-scene.js';

const backends: Backends = {
  original: 'checkout',
  serviceOf: (revision) => `checkout-${revision}`,
  isOurs: (service) => ['checkout-a', 'checkout-b', 'checkout-c'].includes(service),
  place: (text) => text,
};

const foreign: RouteRule = {
  name: 'images',
  matches: [{ path: { value: '/images' } } as object],
  backendRefs: [{ name: 'images', port: 80 }],
};
const elsewhere: RouteRule = { backendRefs: [{ name: 'checkout', namespace: 'other', port: 80 }] };
const own: RouteRule = {
  name: 'all',
  matches: [{ path: { value: '/' } } as object],
  backendRefs: [{ name: 'checkout', port: 80 }],
};
const written = [foreign, own, elsewhere];

const split = (change: Partial<Split>): Split => ({ ...emptySplit, ...change });
const weights = (rule: RouteRule | undefined) =>
  rule?.backendRefs?.map(({ name, weight, port }) => [name, weight, port]);

describe('rules of a route', () => {
  it('get weights where they sent to the Service, and nowhere else', () => {
    const next = split({ stable: 'a', candidate: 'b', weight: 20 });
    const rules = mergeRules(written, emptySplit, next, backends);
    assert.equal(rules.length, 3);
    assert.equal(rules[0], foreign);
    assert.equal(rules[2], elsewhere);
    assert.deepEqual(weights(rules[1]), [
      ['checkout-a', 80, 80],
      ['checkout-b', 20, 80],
    ]);
    assert.equal(rules[1]?.name, 'all');
  });

  it('send testers on before all others, with what the rule matches already', () => {
    const headerRoute = { header: 'X-Tester', value: 'yes' };
    const next = split({ stable: 'a', candidate: 'b', headerRoute });
    const rules = mergeRules(written, emptySplit, next, backends);
    const [, testers, shared] = rules;
    assert.equal(testers?.name, undefined);
    assert.deepEqual(weights(testers), [['checkout-b', 1, 80]]);
    assert.deepEqual(testers?.matches, [
      {
        path: { value: '/' },
        headers: [{ type: 'Exact', name: 'X-Tester', value: 'yes' }],
      },
    ]);
    assert.deepEqual(weights(shared), [
      ['checkout-a', 100, 80],
      ['checkout-b', 0, 80],
    ]);
    const back = mergeRules(rules, next, split({ stable: 'a' }), backends);
    assert.deepEqual(back, mergeRules(written, emptySplit, split({ stable: 'a' }), backends));
  });

  it('send to the Service that was there while nothing is stable', () => {
    const first = split({ candidate: 'a', weight: 100 });
    const rules = mergeRules(written, emptySplit, first, backends);
    assert.deepEqual(weights(rules[1]), [
      ['checkout', 0, 80],
      ['checkout-a', 100, 80],
    ]);
    assert.deepEqual(weights(mergeRules(rules, first, emptySplit, backends)[1]), [
      ['checkout', 100, 80],
    ]);
  });

  it('copy requests by a filter of their own, beside those that people wrote', () => {
    const audit: RouteFilter = {
      requestMirror: { backendRef: { name: 'audit', port: 80 } },
      type: 'RequestMirror',
    };
    const headers = { type: 'RequestHeaderModifier' };
    const kept: RouteRule = { ...own, filters: [headers, audit] };
    const headerRoute = { header: 'x-tester', value: 'yes' };
    const next = split({ stable: 'a', candidate: 'b', mirror: 20, headerRoute });
    const rules = mergeRules([kept], emptySplit, next, backends);
    const ours = { backendRef: { name: 'checkout-b', port: 80 }, percent: 20 };
    const [testers, shared] = rules;
    assert.deepEqual(testers?.filters, [headers, audit], 'testers are not copied');
    assert.deepEqual(shared?.filters, [
      headers,
      audit,
      { requestMirror: ours, type: 'RequestMirror' },
    ]);
    assert.deepEqual(weights(shared), [
      ['checkout-a', 100, 80],
      ['checkout-b', 0, 80],
    ]);
    assert.equal(readRules(rules, next, backends).mirror, 20);
    const [back] = mergeRules(rules, next, split({ stable: 'a' }), backends);
    assert.deepEqual(back?.filters, [headers, audit]);
    const [bare] = mergeRules(
      mergeRules([own], emptySplit, next, backends),
      next,
      emptySplit,
      backends,
    );
    assert.ok(bare && !('filters' in bare));
  });

  it('say nothing of a share where the gateway copies all', () => {
    const next = split({ stable: 'a', candidate: 'b', mirror: 100 });
    const [rule] = mergeRules([own], emptySplit, next, backends, false);
    const ours = { requestMirror: { backendRef: { name: 'checkout-b', port: 80 } } };
    assert.deepEqual(rule?.filters, [{ ...ours, type: 'RequestMirror' }]);
    assert.equal(readRules([rule], next, backends).mirror, 100);
  });

  it('are refused when none is the target’s', () => {
    assert.throws(
      () => mergeRules([foreign, elsewhere], emptySplit, split({ stable: 'a' }), backends),
      { code: 'InvalidInput', message: /no rule of the route sends to Service checkout/ },
    );
  });

  it('say what they do when somebody changed them by hand', () => {
    const noted = split({ stable: 'a', candidate: 'b', weight: 0 });
    const byHand = (a: number | undefined, b: number | undefined): RouteRule[] => [
      {
        backendRefs: [
          { name: 'checkout-a', ...(a === undefined ? {} : { weight: a }) },
          { name: 'checkout-b', ...(b === undefined ? {} : { weight: b }) },
        ],
      },
    ];
    assert.equal(readRules(byHand(1, 3), noted, backends).weight, 75);
    assert.equal(readRules(byHand(undefined, undefined), noted, backends).weight, 50);
    assert.equal(readRules(byHand(999, 1), noted, backends).weight, 1);
    assert.equal(readRules(byHand(1, 999), noted, backends).weight, 99);
    assert.equal(readRules(byHand(0, 0), noted, backends).weight, 0);
    assert.deepEqual(readRules([own], noted, backends), emptySplit);
  });

  it('give back every split that was written over any other', () => {
    fc.assert(
      fc.property(fc.array(anySplit, { minLength: 1, maxLength: 6 }), (splits) => {
        let rules: readonly RouteRule[] = written;
        let noted = emptySplit;
        for (const next of splits) {
          rules = mergeRules(rules, noted, next, backends);
          assert.deepEqual(readRules(rules, next, backends), next);
          assert.equal(rules[0], foreign);
          assert.equal(rules.at(-1), elsewhere);
          noted = next;
        }
      }),
    );
  });
});
