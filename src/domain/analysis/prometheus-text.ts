/** Reads the text format of Prometheus, strictly: a line that does not fit fails the whole reading. */
import { Failure } from '../failures.js';

export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/s;
const label = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\\n]|\\.)*)"[ \t]*(?:,|$)/sy;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

function parseLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const match = label.exec(text);
    if (match === null) return null;
    labels[match[1] as string] = (match[2] as string).replace(
      /\\./g,
      (pair) => escapes[pair] ?? pair,
    );
  }
  return labels;
}

function parseValue(text: string): number | null {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * All samples in the order of the text; types and help are not needed here.
 * @throws Unavailable with `where` naming the source and the line: half a reading must not look like small numbers
 */
export function parsePrometheusText(text: string, where: string): readonly MetricLine[] {
  const samples: MetricLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.replace(/^[ \t]+|[ \t\r]+$/g, '');
    if (content === '' || content.startsWith('#')) continue;
    const match = line.exec(content);
    const labels = match === null ? null : parseLabels(match[2] ?? '');
    const value = match === null ? null : parseValue(match[3] as string);
    if (match === null || labels === null || value === null) {
      const details = { where: `${where}:${index + 1}`, seen: content.slice(0, 200) };
      throw new Failure('Unavailable', 'the metrics cannot be read', details);
    }
    samples.push({ name: match[1] as string, labels, value });
  }
  return samples;
}
