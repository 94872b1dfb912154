/** Changes keys of front matter where they stand: every other byte of it stays as somebody wrote it. */
import { isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLSeq } from 'yaml';
import { nameKey } from './canon.js';
import { safeDocument } from './front-matter.js';
import type { LineEnd } from './issue-text.js';
import type { IssueLink } from './shapes.js';

/** Null takes the key away. */
export type MatterValue = string | readonly string[] | IssueLink | null;

/** Where keys that are new go: after the nearest of these that is there before them. */
const order = ['title', 'state', 'reason', 'labels', 'assignees', 'milestone', 'github', 'movedTo'];

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** @throws MatterRefusal for what could not be read either */
export function editMatter(yaml: string, key: string, value: MatterValue, end: LineEnd): string {
  const document = safeDocument(yaml);
  const { contents } = document;
  const pair = isMap(contents)
    ? contents.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  if (isMap(contents) && contents.flow === true) return rewritten(yaml, key, value, end);
  if (pair === undefined) return value === null ? yaml : inserted(yaml, contents, key, value, end);
  if (value === null) return removed(yaml, pair);
  const node = isNode(pair.value) ? pair.value : null;
  if (Array.isArray(value) && node !== null) {
    const cut = isSeq(node)
      ? nextCut(yaml, node, { key, wanted: value as readonly string[], end })
      : undefined;
    // One item at a time, because every cut moves what stands behind it.
    if (cut === null) return yaml;
    if (cut !== undefined) return editMatter(apply(yaml, cut), key, value, end);
  }
  return apply(yaml, replacement(yaml, pair, node, textOf(value)));
}

/** As it may stand after `key: ` and between the commas of a list. */
export function scalarText(text: string): string {
  const isPlain = /^[\p{L}_][\p{L}\p{M}\p{N}_./+-]*(?: [\p{L}\p{M}\p{N}_./+-]+)*$/u.test(text);
  const isWord = /^(?:null|true|false|yes|no|on|off|y|n|\.?inf|\.?nan)$/i.test(text);
  if (isPlain && !isWord) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function textOf(value: Exclude<MatterValue, null>): string {
  if (typeof value === 'string') return scalarText(value);
  if ('number' in value) {
    const { id, number, repository } = value;
    return `{id: ${scalarText(id)}, number: ${number}, repo: ${scalarText(repository)}}`;
  }
  return `[${value.map(scalarText).join(', ')}]`;
}

function apply(yaml: string, { from, to, text }: Cut): string {
  return yaml.slice(0, from) + text + yaml.slice(to);
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = isNode(node) ? node.range : null;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}

function lineStart(yaml: string, at: number): number {
  return yaml.lastIndexOf('\n', at - 1) + 1;
}

/** Behind the end of the line that holds the character before `at`. */
function lineBehind(yaml: string, at: number): number {
  if (at > 0 && yaml[at - 1] === '\n') return at;
  const end = yaml.indexOf('\n', at);
  return end < 0 ? yaml.length : end + 1;
}

function replacement(yaml: string, { key }: Pair, node: Node | null, text: string): Cut {
  const [from, to] = rangeOf(node);
  if (node === null || from === to) {
    const colon = yaml.indexOf(':', rangeOf(key)[1]) + 1;
    return { from: colon, to: colon, text: ` ${text}` };
  }
  const old = yaml.slice(from, to);
  const isQuoted = isScalar(node) && node.type === 'QUOTE_SINGLE' && /^[^'\\\p{C}]*$/u.test(text);
  const quoted = isQuoted && !text.startsWith('"') && !/^[[{]/.test(text) ? `'${text}'` : text;
  const isDouble = isScalar(node) && node.type === 'QUOTE_DOUBLE' && /^[^"[{]/.test(text);
  const tail = /\r?\n$/.exec(old)?.[0] ?? '';
  // A block list begins on the line below its key: what takes its place does not.
  const isBlock = isSeq(node) && node.flow !== true;
  const first = isBlock ? yaml.indexOf(':', rangeOf(key)[1]) + 1 : from;
  const anchor = /^\s*(&\S+)/.exec(yaml.slice(first, from))?.[1];
  const space = first === from ? '' : anchor === undefined ? ' ' : ` ${anchor} `;
  return { from: first, to, text: space + (isDouble ? JSON.stringify(text) : quoted) + tail };
}

function removed(yaml: string, { key, value }: Pair): string {
  const [start] = rangeOf(key);
  const [from, to] = rangeOf(value);
  const end = from === to ? lineBehind(yaml, start) : lineBehind(yaml, to);
  return yaml.slice(0, lineStart(yaml, start)) + yaml.slice(end);
}

function inserted(
  yaml: string,
  contents: unknown,
  key: string,
  value: Exclude<MatterValue, null>,
  end: LineEnd,
): string {
  const pairs = isMap(contents) ? contents.items : [];
  const place = (item: Pair): number =>
    isScalar(item.key) ? order.indexOf(String(item.key.value)) : -1;
  const before = pairs.filter((item) => place(item) >= 0 && place(item) < order.indexOf(key));
  const nearest = before.toSorted((a, b) => place(a) - place(b)).at(-1);
  const [first] = pairs;
  const column =
    first === undefined ? 0 : rangeOf(first.key)[0] - lineStart(yaml, rangeOf(first.key)[0]);
  const line = `${' '.repeat(column)}${key}: ${textOf(value)}${end}`;
  const title =
    key === 'title' && first !== undefined ? lineStart(yaml, rangeOf(first.key)[0]) : null;
  if (title !== null) return yaml.slice(0, title) + line + yaml.slice(title);
  if (nearest === undefined) return withEnd(yaml, end) + line;
  const [from, to] = rangeOf(nearest.value);
  const at = from === to ? lineBehind(yaml, rangeOf(nearest.key)[1]) : lineBehind(yaml, to);
  return withEnd(yaml.slice(0, at), end) + line + yaml.slice(at);
}

function withEnd(text: string, end: LineEnd): string {
  return text === '' || text.endsWith('\n') ? text : text + end;
}

/** The next step from the list to what is wanted; null: there is none; undefined: it cannot be done by items. */
function nextCut(
  yaml: string,
  node: YAMLSeq,
  { key, wanted, end }: { key: string; wanted: readonly string[]; end: LineEnd },
): Cut | null | undefined {
  const items = node.items.map((item) => ({
    range: rangeOf(item),
    name: isScalar(item) ? String(typeof item.value === 'string' ? item.value : item.source) : null,
  }));
  if (items.some(({ name, range }) => name === null || yaml.slice(...range).includes('\n'))) {
    return undefined;
  }
  const keyOf = (name: string | null): string => {
    const text = (name ?? '').trim();
    return nameKey(key === 'assignees' ? text.replace(/^@/, '') : text);
  };
  const keys = new Set(wanted.map(keyOf));
  const had = new Set(items.map(({ name }) => keyOf(name)));
  const gone = items.findIndex(({ name }) => !keys.has(keyOf(name)));
  const next = wanted.find((name) => !had.has(keyOf(name)));
  if (gone < 0 && next === undefined) return null;
  if (items.length === 0 || (gone >= 0 && items.length === 1)) return undefined;
  if (node.flow === true)
    return flowCut(
      items.map(({ range }) => range),
      gone,
      next,
    );
  return blockCut(
    yaml,
    items.map(({ range }) => range),
    gone,
    next,
    end,
  );
}

type Range = readonly [number, number];

function flowCut(ranges: readonly Range[], gone: number, next: string | undefined): Cut {
  const last = ranges.at(-1) as Range;
  if (gone < 0) return { from: last[1], to: last[1], text: `, ${scalarText(next ?? '')}` };
  const [from, to] = ranges[gone] as Range;
  const behind = ranges[gone + 1];
  return behind === undefined
    ? { from: (ranges[gone - 1] as Range)[1], to, text: '' }
    : { from, to: behind[0], text: '' };
}

function blockCut(
  yaml: string,
  ranges: readonly Range[],
  gone: number,
  next: string | undefined,
  end: LineEnd,
): Cut | undefined {
  const lines = ranges.map(([from]) => lineStart(yaml, from));
  const leads = ranges.map(
    ([from], at) => /^[ \t]*-[ \t]+$/.exec(yaml.slice(lines[at], from))?.[0],
  );
  // Several on a line, or a tag or an anchor before one.
  if (leads.some((lead) => lead === undefined)) return undefined;
  if (gone >= 0) {
    return {
      from: lines[gone] as number,
      to: lineBehind(yaml, (ranges[gone] as Range)[1]),
      text: '',
    };
  }
  const at = lineBehind(yaml, (ranges.at(-1) as Range)[1]);
  const lead = at > 0 && yaml[at - 1] !== '\n' ? end : '';
  return { from: at, to: at, text: `${lead}${leads.at(-1)}${scalarText(next ?? '')}${end}` };
}

/** For a map that is written in braces, which has no line of its own for a key. */
function rewritten(yaml: string, key: string, value: MatterValue, end: LineEnd): string {
  const document = safeDocument(yaml);
  if (value === null) document.delete(key);
  else if (typeof value === 'object' && 'number' in value) {
    const { id, number, repository } = value;
    document.set(key, document.createNode({ id, number, repo: repository }));
  } else document.set(key, document.createNode(value));
  const text = document.toString({ lineWidth: 0 });
  return end === '\n' ? text : text.replace(/\n/g, end);
}
