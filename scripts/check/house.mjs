/** The house rules no tool knows: first sentence, names, size, clocks, and words that do not belong. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { listFiles } from './files.mjs';

const maxLines = 400;
const p90Lines = 250;
/** Names that say where code was put and not what it does. */
const drawers = /(^|-)(utils?|helpers?|managers?|misc|commons?)(-|$)/;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|d))?\.(tsx?|mjs|cjs)$/;
const opening = /^(#!.*\n)?\/\*\*\s+(\*\s+)?\S+ \S+ \S+/;

/**
 * @param {string} path
 * @param {string} text
 * @returns {string[]} what is wrong with the file
 */
function houseFaults(path, text) {
  const faults = [];
  const lines = text.trimEnd().split('\n');
  const code = withoutComments(text);
  if (!opening.test(text))
    faults.push('first-sentence: line 1 says in /** one sentence. */ what the file is for');
  if (!kebab.test(basename(path))) faults.push('file-name: names are kebab-case');
  for (const part of path.split('/')) {
    const stem = part.replace(/\..*$/, '');
    if (drawers.test(stem)) faults.push(`drawer-name: "${stem}" says nothing; name what it does`);
    if (part.includes(' ')) faults.push('file-name: names have no spaces');
  }
  if (lines.length > maxLines) faults.push(`too-long: ${lines.length} lines, ${maxLines} at most`);
  if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text) && !path.includes('check/')) {
    faults.push('unfinished: do it, or open an issue; a marker in the code is neither');
  }
  if (path.startsWith('src/domain/') && /\bnew Date\(\s*\)|\bDate\(\s*\)/.test(code)) {
    faults.push('clock: the domain has no clock; time comes in as now');
  }
  if (path.startsWith('src/') && /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/m.test(code)) {
    faults.push('enum: use a union of string literals');
  }
  return faults;
}

/** @param {string} text */
function withoutComments(text) {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

/**
 * A house of short files with a few long ones is fine; one that drifts is told early.
 * @param {readonly number[]} lengths
 */
function sizeFault(lengths) {
  const sorted = lengths.toSorted((a, b) => a - b);
  const p90 = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  return p90 > p90Lines
    ? `too-long: one file in ten has more than ${p90} lines, ${p90Lines} at most`
    : undefined;
}

const files = listFiles(['src', 'test', 'scripts', 'bin'], ['.ts', '.tsx', '.mjs', '.cjs']);
const lengths = [];
let count = 0;
for (const path of files) {
  const text = readFileSync(path, 'utf8');
  if (path.startsWith('src/')) lengths.push(text.trimEnd().split('\n').length);
  for (const fault of houseFaults(path, text)) {
    count += 1;
    console.error(`${path}: ${fault}`);
  }
}
const drift = sizeFault(lengths);
if (drift !== undefined) {
  count += 1;
  console.error(`src: ${drift}`);
}
console.log(`${files.length} files, ${count} faults`);
process.exitCode = count > 0 ? 1 : 0;
