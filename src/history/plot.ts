/** Draws a judged history as an SVG: what both sides did, the evidence against its limit, and where it was decided. */
import { type ScaleTime, scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import { line } from 'd3-shape';
import type { HistoryRun } from '../domain/analysis/history.js';
import { binsOf, topShare } from './bins.js';
import { colours, escape, frame, type Frame, legend, style, text } from './plot-parts.js';

export interface PlotText {
  readonly title: string;
  /** Names of the sides and of the checks, for the legends. */
  readonly candidate: string;
  readonly stable: string;
  readonly checks: Readonly<Record<string, string>>;
}

const width = 960;
const left = 84;
const right = 24;
const top = 104;
const panelHeight = 190;
const gap = 58;
/** Evidence is shown within so many powers of ten below and above its limit. */
const decadesBelow = 4;
const decadesAbove = 3;

const kinds = { pass: 'pass', fail: 'fail', inconclusive: 'inconclusive' } as const;

/** A whole SVG document; light or dark as its viewer is. */
export function plotHistory(run: HistoryRun, words: PlotText): string {
  const { points, verdict, slowEdgeMs } = run;
  const x = scaleUtc<number, number>()
    .domain([points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 1])
    .range([left, width - right]);
  const shares = [
    { label: 'failed requests, share', of: 'errors' as const },
    ...(slowEdgeMs === null
      ? []
      : [{ label: `slower than ${slowEdgeMs} ms, share`, of: 'slow' as const }]),
  ];
  const frameAt = (n: number): Frame => {
    const y = top + n * (panelHeight + gap);
    return { left, right: width - right, top: y, bottom: y + panelHeight };
  };
  const panels = shares.map(({ label, of }, n) =>
    sharePanel(run, words, { label, of }, x, frameAt(n)),
  );
  const last = frameAt(shares.length);
  const height = last.bottom + 56;
  const atMs = verdict?.atMs;
  const mark =
    verdict === null || atMs === undefined
      ? []
      : [
          `<line class="mark ${kinds[verdict.kind]}" x1="${x(atMs)}" x2="${x(atMs)}" y1="${top - 26}" y2="${last.bottom}"/>`,
          markLabel(
            `${verdict.kind} ${new Date(atMs).toISOString().slice(11, 19)}`,
            x(atMs),
            verdict.kind,
          ),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(words.title)}">`,
    style,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    text(words.title, { x: left, y: 28, class: 'title' }),
    text(cut(verdict?.reason ?? 'no decision within the data', 140), {
      x: left,
      y: 48,
      class: 'soft',
    }),
    ...panels,
    evidencePanel(run, words, x, last),
    ...mark,
    text('time (UTC)', {
      x: (left + width - right) / 2,
      y: last.bottom + 44,
      class: 'label middle',
    }),
    '</svg>',
    '',
  ].join('\n');
}

type TimeScale = ScaleTime<number, number>;

function sharePanel(
  run: HistoryRun,
  { candidate, stable }: PlotText,
  { label, of }: { readonly label: string; readonly of: 'errors' | 'slow' },
  x: TimeScale,
  box: Frame,
): string {
  const bins = binsOf(run.points);
  const sides = [
    { name: stable, colour: 'stable', bins: bins.map((bin) => ({ ...bin, side: bin.stable })) },
    {
      name: candidate,
      colour: 'candidate',
      bins: bins.map((bin) => ({ ...bin, side: bin.candidate })),
    },
  ];
  const y = scaleLinear()
    .domain([0, topShare(bins, of)])
    .nice(4)
    .range([box.bottom, box.top]);
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
  const paths = sides.map(({ colour, bins: all }) => {
    const shape = line<(typeof all)[number]>()
      .defined(({ side }) => side.requests > 0)
      .x(({ atMs }) => x(atMs))
      .y(({ side }) => y(Math.min(side[of] / side.requests, y.domain()[1] ?? 1)))
      .digits(1);
    return `<path class="line ${colour}" d="${shape(all) ?? ''}"/>`;
  });
  return [
    frame(box, { label, y, ticks: y.ticks(4), format: percent }, x),
    ...paths,
    legend(sides, box),
  ].join('\n');
}

/** On a scale of powers of ten, as a multiple of the limit of each check, so that one line stands for all limits. */
function evidencePanel(
  { points }: HistoryRun,
  { checks }: PlotText,
  x: TimeScale,
  box: Frame,
): string {
  const names = [...new Set(points.flatMap((point) => point.checks.map(({ check }) => check)))];
  const y = scaleLog()
    .domain([10 ** -decadesBelow, 10 ** decadesAbove])
    .range([box.bottom, box.top])
    .clamp(true);
  const series = names.map((check, n) => ({
    name: checks[check] ?? check,
    colour: colours[n % colours.length] ?? 'first',
    values: points.flatMap(({ atMs, checks: all }) => {
      const found = all.find((one) => one.check === check);
      const log = found === undefined ? null : (found.logE - found.logLimit) / Math.LN10;
      return log === null
        ? []
        : [{ atMs, ratio: 10 ** Math.max(-decadesBelow, Math.min(decadesAbove, log)) }];
    }),
  }));
  const paths = series.map(({ colour, values }) => {
    const shape = line<(typeof values)[number]>()
      .x(({ atMs }) => x(atMs))
      .y(({ ratio }) => y(ratio))
      .digits(1);
    return `<path class="line ${colour}" d="${shape(values) ?? ''}"/>`;
  });
  const ticks = Array.from({ length: decadesBelow + decadesAbove + 1 }, (_, n) =>
    Number(`1e${n - decadesBelow}`),
  );
  const format = (value: number): string => {
    const isEnd = value === ticks.at(-1);
    return `${isEnd ? '≥ ' : value === ticks[0] ? '≤ ' : ''}${value}×`;
  };
  return [
    frame(box, { label: 'evidence of harm E, × its limit', y, ticks, format }, x),
    ...paths,
    `<line class="limit" x1="${box.left}" x2="${box.right}" y1="${y(1)}" y2="${y(1)}"/>`,
    text('limit: rolls back at and above', { x: box.left + 6, y: y(1) - 5, class: 'soft' }),
    legend(series, box),
  ].join('\n');
}

function markLabel(words: string, x: number, kind: string): string {
  const side = x > width / 2 ? 'end' : 'start';
  return text(words, {
    x: x + (side === 'end' ? -6 : 6),
    y: top - 32,
    class: `mark-text ${kind} ${side}`,
  });
}

function cut(words: string, length: number): string {
  return words.length <= length ? words : `${words.slice(0, length - 1)}…`;
}
