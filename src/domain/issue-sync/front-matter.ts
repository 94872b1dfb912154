/** The YAML between `---` lines at the top of a file: read without running, expanding or trusting anything in it. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type ParsedNode,
  visit,
} from 'yaml';
import { canonicalNames, canonicalTitle } from './canon.js';
import type { IssueFields, IssueLink } from './shapes.js';

/** Where the parts of a file are. */
export interface Parts {
  /** Byte order mark, or nothing. */
  readonly bom: string;
  /** With its line end; empty without front matter. */
  readonly open: string;
  readonly yaml: string;
  /** The closing line, with its end. */
  readonly close: string;
  readonly rest: string;
}

export interface Matter {
  /** Null where the file's first heading has to be it. */
  readonly title: string | null;
  readonly state: IssueFields['state'];
  readonly reason: IssueFields['reason'];
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly milestone: string | null;
  readonly link: IssueLink | null;
}

/** Why it is refused, and the line of the file (from 1). */
export class MatterRefusal extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'MatterRefusal';
    this.line = line;
  }
}

const longestMatter = 65_536;
/** More resolved aliases than this are taken for an attack. */
const mostAliases = 100;
const deepest = 50;
const opening = /^---[ \t]*(?:\r\n|\n)/;
const closing = /(?<![^\n])---[ \t]*(?:\r\n|\n|$)/;

/** @throws MatterRefusal when the front matter has no end */
export function splitMatter(text: string): Parts {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const from = text.slice(bom.length);
  const open = opening.exec(from)?.[0] ?? '';
  if (open === '') return { bom, open, yaml: '', close: '', rest: from };
  const after = from.slice(open.length);
  const end = closing.exec(after);
  if (end === null) throw new MatterRefusal(1, 'the front matter has no closing line ---');
  const at = end.index;
  return {
    bom,
    open,
    yaml: after.slice(0, at),
    close: end[0],
    rest: after.slice(at + end[0].length),
  };
}

/** @throws MatterRefusal */
export function readMatter(yaml: string): Matter {
  const source = readSource(yaml);
  return {
    title: source.text('title'),
    state: source.choice('state', ['open', 'closed'] as const) ?? 'open',
    reason: source.choice('reason', ['completed', 'not_planned', 'duplicate'] as const),
    labels: source.names('labels'),
    assignees: canonicalNames(source.names('assignees').map((login) => login.replace(/^@/, ''))),
    milestone: source.text('milestone'),
    link: source.link(),
  };
}

/** Parsed safely, with its ranges in `yaml`: offsets of its own text. @throws MatterRefusal */
export function safeDocument(yaml: string): Document<ParsedNode> {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line + 1;
  if (yaml.length > longestMatter) {
    throw new MatterRefusal(1, `the front matter is longer than ${longestMatter} characters`);
  }
  const document = attempt(() =>
    parseDocument(yaml, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
      schema: 'core',
      stringKeys: true,
    }),
  );
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const message = fault.message.split('\n')[0] ?? '';
    const isTooDeep = message.includes('call stack');
    throw new MatterRefusal(lineAt(fault.pos[0]), isTooDeep ? 'it is nested too deep' : message);
  }
  if (document.contents !== null && !isMap(document.contents) && !isEmpty(document.contents)) {
    throw new MatterRefusal(2, 'the front matter is no map of keys and values');
  }
  refuseHostile(yaml, document, lineAt);
  return document;
}

function refuseHostile(
  yaml: string,
  document: Document<ParsedNode>,
  lineAt: (offset: number) => number,
): void {
  let alias = 0;
  attempt(() =>
    visit(document, {
      Pair(_, { key }) {
        if (isScalar(key) && key.value === '__proto__') {
          throw new MatterRefusal(lineAt(key.range?.[0] ?? 0), 'the key __proto__ is refused');
        }
      },
      Alias(_, node) {
        alias = node.range?.[0] ?? 0;
      },
      Node(_, node, path) {
        if (path.length > deepest * 2) {
          throw new MatterRefusal(lineAt(node.range?.[0] ?? 0), 'it is nested too deep');
        }
      },
    }),
  );
  if (!yaml.includes('*')) return;
  try {
    document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError) && !(error instanceof TypeError)) throw error;
    throw new MatterRefusal(lineAt(alias), `the aliases are refused: ${error.message}`);
  }
}

/** The parser goes down by calling itself: what is nested without end ends it, and must not end us. */
function attempt<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError)
      throw new MatterRefusal(1, 'the front matter is nested too deep');
    throw error;
  }
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

interface Source {
  text(key: string): string | null;
  choice<Value extends string>(key: string, values: readonly Value[]): Value | null;
  names(key: string): readonly string[];
  link(): IssueLink | null;
}

function readSource(yaml: string): Source {
  const document = safeDocument(yaml);
  const starts = [0];
  for (const { index } of yaml.matchAll(/\n/g)) starts.push(index + 1);
  const refuse = (node: Node, message: string): MatterRefusal => {
    const offset = node.range?.[0] ?? 0;
    return new MatterRefusal(starts.filter((start) => start <= offset).length + 1, message);
  };
  const follow = (node: unknown): Node | null => {
    const held = isAlias(node) ? node.resolve(document) : node;
    return isNode(held) && !isEmpty(held) ? held : null;
  };
  const get = (map: unknown, key: string): Node | null =>
    isMap(map)
      ? follow(map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value)
      : null;
  /** As it is written: `1.10` is no number here. */
  const scalar = (node: Node, what: string): string => {
    if (!isScalar(node)) throw refuse(node, `${what} is no text`);
    const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    return canonicalTitle(text);
  };
  const top = document.contents;
  const text = (key: string, from: unknown = top): string | null => {
    const node = get(from, key);
    const value = node === null ? '' : scalar(node, key);
    return value === '' ? null : value;
  };
  return {
    text,
    choice(key, values) {
      const node = get(top, key);
      const value = text(key)?.toLowerCase().replace(/[ -]/g, '_') ?? null;
      const found = values.find((choice) => choice === value);
      if (node === null || value === null || found !== undefined) return found ?? null;
      throw refuse(node, `${key} is ${values.join(' or ')}`);
    },
    names(key) {
      const node = get(top, key);
      if (node === null) return [];
      if (!isSeq(node)) return canonicalNames([scalar(node, key)]);
      const items = node.items.map(follow).filter((item) => item !== null);
      return canonicalNames(items.map((item) => scalar(item, `an item of ${key}`)));
    },
    link() {
      const node = get(top, 'github');
      if (node === null) return null;
      const number = isMap(node) ? Number(text('number', node)) : Number.NaN;
      if (!Number.isSafeInteger(number) || number < 1) {
        throw refuse(node, 'github is a map with the number of an issue: {id, number, repo}');
      }
      return { id: text('id', node) ?? '', number, repository: text('repo', node) ?? '' };
    },
  };
}
