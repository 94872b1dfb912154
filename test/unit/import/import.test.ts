/** Importing the manifests of Argo Rollouts and Flagger: what comes out is valid, and nothing is left out in silence. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Document, isPair, parseAllDocuments, visit } from 'yaml';
import { loadProject } from '../../../src/config/project.js';
import { Failure } from '../../../src/domain/failures.js';
import type { Imported } from '../../../src/import/import.js';
import { importAs, manifestFiles, manifestText, planOf } from '../../support/imported.js';

/** What an import leads to, without the lines, which move when a value gets longer. */
function outcomeOf(file: string, text: string): string {
  try {
    const { yaml, notes } = importAs(file, text);
    return yaml + JSON.stringify(notes.map((note) => ({ ...note, where: '' })));
  } catch (error) {
    assert(error instanceof Failure, String(error));
    return error.message + JSON.stringify(error.details);
  }
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly value: unknown;
}

/** Names that only people read. */
const labels = ['spec.metrics.name', 'spec.analysis.webhooks.name'];

/** Where the values of the imported kinds stand; the objects beside them are told of by their kind alone. */
function placesOf(text: string): readonly Place[] {
  const found: Place[] = [];
  for (const document of parseAllDocuments(text) as Document[]) {
    if (!/^(Rollout|AnalysisTemplate|Canary)$/.test(String(document.get('kind')))) continue;
    visit(document, {
      Scalar(key, { range, value }, path) {
        const keys = path.flatMap((node) => (isPair(node) ? [String(node.key)] : []));
        if (labels.includes(keys.join('.'))) return;
        if (key !== 'key' && range) found.push({ from: range[0], to: range[1], value });
      },
    });
  }
  return found;
}

/** JSON is YAML, too, so any value can stand where another stood. */
function withValues(text: string, values: ReadonlyMap<Place, unknown>): string {
  let result = text;
  for (const [{ from, to }, value] of [...values].sort(([a], [b]) => b.from - a.from)) {
    const tail = result.slice(from, to).endsWith('\n') ? '\n' : '';
    result = result.slice(0, from) + JSON.stringify(value) + tail + result.slice(to);
  }
  return result;
}

function changed(value: unknown): unknown {
  if (typeof value === 'number') return value * 2 + 1;
  if (typeof value === 'boolean') return !value;
  return `x${String(value)}`;
}

/** A value that is told of by a note about something it stands in, such as the pod template. */
function isInside(outcome: Imported, text: string, offset: number): boolean {
  const line = text.slice(0, offset).split('\n').length;
  return outcome.notes.some(({ where, value }) => {
    const from = Number(where.split(':')[1]);
    if (!/^a list|^an object/.test(value) || line < from) return false;
    const lines = text.split('\n');
    const depth = (at: number) => (lines[at - 1] as string).search(/[^ ]/);
    const head = depth(from) + ((lines[from - 1] as string).trim().startsWith('- ') ? 1 : 0);
    for (let at = from + 1; at <= line; at++) if (depth(at) <= head) return line === from;
    return true;
  });
}

describe('imported manifests', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const file of manifestFiles) {
    describe(file, () => {
      it('gives a sluice.yaml that the loader takes and a release can plan', async () => {
        const { yaml } = importAs(file);
        const path = join(folder, `${file}-sluice.yaml`);
        await writeFile(path, yaml);
        await loadProject(path);
        assert.match(planOf(yaml).at(-1) ?? '', /becomes stable/);
      });

      it('names in every note the line where the field stands', () => {
        const lines = manifestText(file).split('\n');
        for (const { where, field, value } of importAs(file).notes) {
          const [name, line, column] = where.split(':');
          assert.equal(name, file);
          const rest = lines[Number(line) - 1]?.slice(Number(column) - 1) ?? '';
          assert.notEqual(rest, '', where);
          const keys = field.split(/[.[\]]+/).filter((key) => key !== '');
          // What is missing is missing from what stands above it; the entry of a list has no key of its own.
          const expected = value === 'nothing' ? keys.slice(0, -1) : keys.slice(-1);
          const found = expected.some((key) => rest.startsWith(key) || /^\d+$/.test(key));
          assert(found || /argoproj/.test(field), `${where} ${field}`);
        }
      });

      it('knows every field in it', () => {
        const unknown = importAs(file).notes.filter(({ why }) => why.includes('does not know'));
        assert.deepEqual(unknown, []);
      });

      it('shows a difference when any one value is another', () => {
        const text = manifestText(file);
        const before = importAs(file);
        const told = outcomeOf(file, text);
        const places = placesOf(text);
        assert(places.length > 5);
        for (const place of places) {
          if (isInside(before, text, place.from)) continue;
          const value = changed(place.value);
          const other = outcomeOf(file, withValues(text, new Map([[place, value]])));
          const line = text.slice(0, place.from).split('\n').length;
          assert.notEqual(other, told, `line ${line}: ${String(value)} makes no difference`);
        }
      });

      it('is valid or refused with its line, whatever stands in it', () => {
        const text = manifestText(file);
        const places = placesOf(text);
        const junk = fc.oneof(
          fc.constantFrom<unknown>(null, '', 'x', 'A.b', -1, 0, 0.5, 101, 1e12, true, [], {}, [{}]),
          fc.constantFrom<unknown>(
            '0',
            '0s',
            '1ms',
            '99999999h',
            'http://u:p@h/',
            '{{args.x}}',
            '%',
          ),
          fc.integer(),
          fc.string(),
        );
        const change = fc.tuple(fc.constantFrom(...places), junk);
        fc.assert(
          fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
            const other = withValues(text, new Map(changes));
            let imported: Imported;
            try {
              imported = importAs(file, other);
            } catch (error) {
              assert(error instanceof Failure, String(error));
              assert.equal(error.code, 'InvalidInput');
              assert.match(error.details.where ?? '', /:\d+:\d+$/);
              return;
            }
            planOf(imported.yaml);
          }),
          { numRuns: 40 },
        );
      });
    });
  }
});
