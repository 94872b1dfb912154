/** A YAML text that still knows where everything stood, so that a fault can name line and column. */
import { Failure, type Fault } from '../domain/failures.js';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  parseDocument,
} from 'yaml';

export interface YamlSource {
  readonly file: string;
  /** Plain data; anchors resolved. */
  readonly value: unknown;
  /** `file:line:column` of the key at the path; of the nearest thing above it when it is missing. */
  where(path: readonly PropertyKey[]): string;
  /** Keys of the map at the path in the order they are written. */
  keys(path: readonly PropertyKey[]): readonly string[];
}

/** More resolved aliases than this are taken for an attack. */
const maxAliasCount = 100;

const mendProject = 'mend the file, then run: sluice validate';

/** @throws InvalidInput with every syntax fault, or when aliases multiply without end */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return sourceOf(document, { file, lines, next: mendProject });
}

/** As {@link readYaml}, for a text of several documents; `next` tells what to do about a fault. Empty documents are left out. */
export function readYamlStream(text: string, file: string, next: string): readonly YamlSource[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents
    .map((document) => sourceOf(document, { file, lines, next }))
    .filter(({ value }) => value !== null);
}

interface Origin {
  readonly file: string;
  readonly lines: LineCounter;
  readonly next: string;
}

function sourceOf(document: Document, { file, lines, next }: Origin): YamlSource {
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => ({
      where: at(error.pos[0]),
      message: error.message,
    }));
    throw yamlFailure(file, faults, next);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const message = `the aliases are refused: ${error.message}`;
    throw yamlFailure(file, [{ where: at(0), message }], next);
  }
  return {
    file,
    value,
    where: (path) => at(offsetOf(document, path)),
    keys: (path) => keysAt(document, path),
  };
}

function yamlFailure(file: string, faults: readonly Fault[], next: string): Failure {
  const first = faults[0] as Fault;
  return new Failure('InvalidInput', `${file} is not valid YAML: ${first.message}`, {
    where: first.where,
    next,
    faults,
  });
}

function step(document: Document, node: unknown, key: PropertyKey) {
  const held = isAlias(node) ? node.resolve(document) : node;
  if (isMap(held)) {
    const pair = held.items.find(({ key: k }) => String(isScalar(k) ? k.value : k) === String(key));
    return pair && { key: pair.key, value: pair.value };
  }
  if (isSeq(held)) {
    const item = held.items[Number(key)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  return undefined;
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let offset = (isNode(document.contents) ? document.contents.range?.[0] : 0) ?? 0;
  let node: unknown = document.contents;
  for (const key of path) {
    const found = step(document, node, key);
    if (found === undefined) break;
    if (isNode(found.key) && found.key.range) offset = found.key.range[0];
    node = found.value;
  }
  return offset;
}

function keysAt(document: Document, path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = document.contents;
  for (const key of path) node = step(document, node, key)?.value;
  const held = isAlias(node) ? node.resolve(document) : node;
  return isMap(held) ? held.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
}
