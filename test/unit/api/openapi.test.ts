/** The OpenAPI document: whole, free of dangling references, with every error a problem. */
import assert from 'node:assert/strict';
import { describeApi, failuresOf } from '../../../src/api/openapi.js';
import { operations } from '../../../src/api/operations.js';
import { renderReference } from '../../../src/api/reference-page.js';
import { failureRules } from '../../../src/domain/failures.js';

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content: Record<string, unknown> }>>;
}

describe('OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(describeApi())) as {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Record<string, Described>>>;
    readonly components: Record<string, Record<string, unknown>>;
  };
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it('is 3.1 and describes each operation once', () => {
    assert.match(document.openapi, /^3\.1/);
    const ids = described.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, path, method } of operations) {
      assert.equal(document.paths[path]?.[method]?.operationId, id);
    }
  });

  it('points only at components that are there', () => {
    const text = JSON.stringify(document);
    for (const [, section, name] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)) {
      assert.ok(document.components[section ?? '']?.[name ?? ''], `${section}/${name}`);
    }
  });

  it('says of each answer what it looks like, those beside the operations included', () => {
    for (const { path, method, operation } of described) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (status === '304') continue;
        const [{ schema = {} } = {}] = Object.values(content) as { schema?: object }[];
        assert.ok('$ref' in schema || 'properties' in schema, `${method} ${path} ${status}`);
      }
    }
  });

  for (const operation of operations) {
    it(`${operation.id} names its parameters, body and problems`, () => {
      const found = document.paths[operation.path]?.[operation.method];
      assert.ok(found);
      for (const [, name] of operation.path.matchAll(/\{(\w+)\}/g)) {
        assert.ok(
          found.parameters?.some((each) => each.name === name && each.in === 'path'),
          name,
        );
      }
      assert.equal(found.requestBody !== undefined, operation.body !== null);
      for (const code of failuresOf(operation)) {
        const response = found.responses[failureRules[code].status];
        assert.ok(response?.content['application/problem+json'], code);
      }
      for (const [status, { content }] of Object.entries(found.responses)) {
        if (status === '304') continue;
        const own = operation.success.contentType ?? 'application/json';
        const type = Number(status) >= 400 ? 'application/problem+json' : own;
        assert.deepEqual(Object.keys(content), [type]);
      }
      assert.ok(found.responses['401'] && found.responses['429'] && found.responses['503']);
    });
  }

  it('is shown on a page without script or anything from elsewhere', () => {
    const page = renderReference(describeApi());
    assert.doesNotMatch(page, /<script|https?:\/\//);
    for (const { id } of operations) assert.ok(page.includes(`id="${id}"`), id);
    for (const code of Object.keys(failureRules)) assert.ok(page.includes(`problem-${code}"`));
  });
});
