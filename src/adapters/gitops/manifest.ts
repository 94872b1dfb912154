/** The place in a YAML file that names a version: read, compared and set, with everything else in the file as it was. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  stringify,
} from 'yaml';
import { Failure } from '../../domain/failures.js';
import type { TargetKey } from '../../domain/names.js';
import type { Revision } from '../../domain/rollout/revision.js';
import { place } from './place.js';

/** `{service}`, `{environment}` and `{region}` stand for the target's, `{version}` and `{digest}` for the revision's. */
export type ChangeOptions =
  /** An entry of `images` in a kustomization: its newTag and digest. */
  | { readonly file: string; readonly image: string }
  /** A scalar, by its keys from the top; its value must name the digest. */
  | { readonly file: string; readonly path: string; readonly value: string };

/** What the place says, one text for each key; null where nothing is said. */
export type Named = Readonly<Record<string, string | null>>;

export interface Manifest {
  /** Path in the repository. */
  fileOf(target: TargetKey): string;
  /** What the place says in a text. @throws InvalidInput for what is no such file */
  read(text: string, target: TargetKey): Named;
  says(named: Named, revision: Revision): boolean;
  of(revision: Revision): Named;
  /** The text with that in its place. @throws InvalidInput when the place is not there */
  write(text: string, target: TargetKey, named: Named): string;
}

type Keys = readonly (string | number)[];

export function createManifest(change: ChangeOptions): Manifest {
  const fileOf = (target: TargetKey) => place(change.file, target);

  /** Keys from the top to each value, in the one document that has them. */
  function find(text: string, target: TargetKey): { document: Document; keys: Map<string, Keys> } {
    const file = fileOf(target);
    const documents = parseAllDocuments(text) as readonly Document[];
    const fault = documents.flatMap(({ errors }) => errors)[0];
    if (fault) throw notThere(file, fault.message.split('\n')[0] ?? 'no YAML', 'YAML');
    if ('image' in change) {
      const name = place(change.image, target);
      const places = documents.flatMap((document) => {
        const images = document.getIn(['images']);
        if (!isSeq(images)) return [];
        return images.items.flatMap((item, at) =>
          isMap(item) && item.get('name') === name ? [{ document, at }] : [],
        );
      });
      const [found] = places;
      if (places.length !== 1 || found === undefined) {
        throw notThere(file, `${places.length} entries`, `one entry of images with name: ${name}`);
      }
      const keys = ['newTag', 'digest'].map((key) => [key, ['images', found.at, key]] as const);
      return { document: found.document, keys: new Map(keys) };
    }
    const path = place(change.path, target).split('.');
    const places = documents.flatMap((document) => {
      const keys = keysIn(document, path);
      return keys === null ? [] : [{ document, keys }];
    });
    const [found] = places;
    if (places.length !== 1 || found === undefined) {
      throw notThere(file, `${places.length} values`, `one value at ${path.join('.')}`);
    }
    return { document: found.document, keys: new Map([['value', found.keys]]) };
  }

  function of({ version, digest }: Revision): Named {
    if ('image' in change) return { newTag: version, digest };
    const fill = change.value.replaceAll('{version}', version).replaceAll('{digest}', digest);
    return { value: fill };
  }

  return {
    fileOf,
    of,
    read(text, target) {
      const { document, keys } = find(text, target);
      return Object.fromEntries(
        [...keys].map(([key, path]) => {
          const value: unknown = document.getIn(path);
          // A version such as 1.10 may stand there as a number.
          const isPlain = typeof value === 'string' || typeof value === 'number';
          return [key, isPlain ? String(value) : null];
        }),
      );
    },
    says(named, revision) {
      return Object.entries(of(revision)).every(([key, value]) => named[key] === value);
    },
    write(text, target, named) {
      let changed = text;
      for (const [key, value] of Object.entries(named)) {
        const { document, keys } = find(changed, target);
        const path = keys.get(key);
        if (path !== undefined) changed = setIn(changed, document, path, value);
      }
      return changed;
    },
  };
}

/** A number in the path is an index where there is a list. */
function keysIn(document: Document, path: readonly string[]): Keys | null {
  const keys: (string | number)[] = [];
  for (const part of path) {
    const parent = keys.length === 0 ? document.contents : document.getIn(keys, true);
    keys.push(isSeq(parent) && /^\d+$/.test(part) ? Number(part) : part);
  }
  const node = document.getIn(keys, true);
  return isScalar(node) || isAlias(node) ? keys : null;
}

/** Puts the new text where the old stood; only a key that was not there has the file printed anew. */
function setIn(text: string, document: Document, path: Keys, value: string | null): string {
  const node = document.getIn(path, true);
  const flow =
    isScalar(node) && node.type !== Scalar.BLOCK_FOLDED && node.type !== Scalar.BLOCK_LITERAL;
  if (value !== null && flow && node.range && node.source !== '') {
    if (node.value === value) return text;
    const [from, to] = node.range;
    return `${text.slice(0, from)}${written(value, node.type)}${text.slice(to)}`;
  }
  if (value === null && node === undefined) return text;
  if (parseAllDocuments(text).length > 1) {
    throw notThere(path.join('.'), 'several documents', 'both keys written down, or one document');
  }
  const print = printerOf(text, document);
  if (value === null) document.deleteIn(path);
  else document.setIn(path, value);
  return print(document);
}

function written(value: string, type: Scalar['type']): string {
  if (type === Scalar.QUOTE_DOUBLE) return JSON.stringify(value);
  if (type === Scalar.QUOTE_SINGLE) return `'${value.replaceAll("'", "''")}'`;
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

/** Prints as the file was written, as far as some setting of the printer does. */
function printerOf(text: string, document: Document): (document: Document) => string {
  const settings = [true, false].flatMap((indentSeq) =>
    [true, false].flatMap((flowCollectionPadding) =>
      [2, 4].map((indent) => ({ indentSeq, flowCollectionPadding, indent, lineWidth: 0 })),
    ),
  );
  const fits = settings.find((setting) => document.toString(setting) === text);
  return (changed) => changed.toString(fits ?? { lineWidth: 0 });
}

function notThere(file: string, seen: string, limit: string): Failure {
  return new Failure('InvalidInput', `${file} does not say which version runs`, {
    ...{ where: file, seen, limit },
    next: 'add it to the file, or correct platforms.<name>.change',
  });
}
