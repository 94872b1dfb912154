/** Where a YAML file names a version: what is set, and that nothing else changes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type ChangeOptions, createManifest } from '../../../src/adapters/gitops/manifest.js';

const target = { service: 'checkout', environment: 'production', region: 'eu' };
const digest = `sha256:${'a1'.repeat(32)}`;
const revision = { version: '1.10', digest };
const image: ChangeOptions = { file: 'apps/{service}/{region}.yaml', image: '{service}' };
const path = (at: string, value = '{version}@{digest}'): ChangeOptions => {
  return { file: 'values.yaml', path: at, value };
};

function write(change: ChangeOptions, text: string): string {
  const manifest = createManifest(change);
  return manifest.write(text, target, manifest.of(revision));
}

describe('the version in a manifest', () => {
  it('lies in the file of the target', () => {
    assert.equal(createManifest(image).fileOf(target), 'apps/checkout/eu.yaml');
  });

  it('is set as the file writes it: quotes, comments, blank lines and order stay', () => {
    const text = `# top
images:
- {name: cart, newTag: 1.0.0}

- name: checkout   # ours
  digest: 'sha256:00'
  newTag:   "1.0.0"   # by hand

resources: [ ../base ]
`;
    const expected = text.replace("'sha256:00'", `'${digest}'`).replace('"1.0.0"', '"1.10"');
    assert.equal(write(image, text), expected);
  });

  it('stays a text where a plain one would be read as a number', () => {
    const changed = write(image, 'images:\n  - name: checkout\n    newTag: v1\n    digest: x\n');
    assert.deepEqual(parse(changed), { images: [{ name: 'checkout', newTag: '1.10', digest }] });
  });

  it('gets its digest where there was none, and the file keeps its comments', () => {
    const text = `resources:\n  - ../base # kept\nimages:\n  - name: checkout # ours\n    newTag: 1.0.0\n`;
    const changed = write(image, text);
    assert.equal(changed, text.replace('1.0.0', '"1.10"').replace(/$/, `    digest: ${digest}\n`));
  });

  it('is found by its path in the one document that has it, lists by index', () => {
    const text = `kind: Service\nspec: {ports: [{port: 80}]}\n---\nkind: Deployment\nspec:\n  containers:\n    - image: "registry/checkout:1.0.0"\n---\nkind: ConfigMap\n`;
    const change = path('spec.containers.0.image', 'registry/checkout:{version}@{digest}');
    const expected = text.replace('checkout:1.0.0', `checkout:1.10@${digest}`);
    assert.equal(write(change, text), expected);
  });

  it('says which revision it is', () => {
    const manifest = createManifest(image);
    const text = write(image, 'images: [{name: checkout, newTag: a, digest: b}]\n');
    const named = manifest.read(text, target);
    assert.ok(manifest.says(named, revision));
    assert.ok(!manifest.says(named, { ...revision, digest: `sha256:${'0'.repeat(64)}` }));
    assert.ok(!manifest.says(named, { ...revision, version: '1.1' }));
  });

  it('goes back to what was not said', () => {
    const text = 'images:\n  - name: checkout\n    newTag: "1.0.0" # by hand\n';
    const manifest = createManifest(image);
    const before = manifest.read(text, target);
    assert.deepEqual(before, { newTag: '1.0.0', digest: null });
    assert.equal(manifest.write(write(image, text), target, before), text);
  });

  const refused: readonly [string, ChangeOptions, string, RegExp][] = [
    ['no such image', image, 'images: [{name: cart}]\n', /apps\/checkout\/eu\.yaml/],
    ['two of that name', image, 'images: [{name: checkout}, {name: checkout}]\n', /does not say/],
    ['no such path', path('image.tag'), 'image: {name: checkout}\n', /values\.yaml/],
    ['a path to a mapping', path('image'), 'image: {tag: a}\n', /does not say/],
    ['two documents with the path', path('tag'), 'tag: a\n---\ntag: b\n', /does not say/],
    ['what is no YAML', path('tag'), 'tag: [a\n', /does not say/],
  ];
  for (const [what, change, text, message] of refused) {
    it(`is not guessed with ${what}`, () => {
      assert.throws(() => write(change, text), { code: 'InvalidInput', message });
    });
  }

  it('reads back as any text that was written (property)', () => {
    const quoted = fc.constantFrom('plain', '"double"', "'single'");
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), quoted, (version, was) => {
        const text = `# top\na:\n  tag: ${was} # here\nb: 1\n`;
        const changed = write(path('a.tag', '{version}{digest}'), text);
        assert.ok(changed.startsWith('# top\na:\n  tag: ') && changed.endsWith(' # here\nb: 1\n'));
        const manifest = createManifest(path('a.tag', '{version}{digest}'));
        const set = manifest.write(text, target, { value: version });
        assert.equal((parse(set) as { a: { tag: unknown } }).a.tag, version);
      }),
    );
  });
});
