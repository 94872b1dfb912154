/** The parts of a plot: axes, legends and text as SVG, in colours for light and dark. */
import type { ScaleTime } from 'd3-scale';

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Axis {
  readonly label: string;
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** Of the checks, in the order of a legend; told apart by their dashes too. */
export const colours = ['first', 'second', 'third', 'fourth'] as const;

/** Variables are left alone because not every viewer of SVG knows them; one without media queries shows it light. */
export const style = `<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; }
.soft { fill: #57606a; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.ground { fill: #ffffff; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.axis { stroke: #8c959f; stroke-width: 1; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.candidate { stroke: #c2410c; }
.stable { stroke: #0969da; }
.first { stroke: #8250df; }
.second { stroke: #116329; stroke-dasharray: 7 3; }
.third { stroke: #bf3989; stroke-dasharray: 2 3; }
.fourth { stroke: #7d4e00; stroke-dasharray: 9 3 2 3; }
.limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 5 4; }
.mark { stroke-width: 2; }
.fail { stroke: #cf222e; }
.pass { stroke: #1a7f37; }
.inconclusive { stroke: #9a6700; }
.mark-text { stroke: none; font-weight: 600; }
.mark-text.fail { fill: #cf222e; }
.mark-text.pass { fill: #1a7f37; }
.mark-text.inconclusive { fill: #9a6700; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .soft { fill: #9198a1; }
  .ground { fill: #0d1117; }
  .grid { stroke: #262c36; }
  .axis { stroke: #656c76; }
  .candidate { stroke: #ff9d5c; }
  .stable { stroke: #58a6ff; }
  .first { stroke: #bc8cff; }
  .second { stroke: #56d364; }
  .third { stroke: #ff7bc3; }
  .fourth { stroke: #e3b341; }
  .limit, .fail { stroke: #ff7b72; }
  .pass { stroke: #3fb950; }
  .inconclusive { stroke: #d29922; }
  .mark-text { stroke: none; }
  .mark-text.fail { fill: #ff7b72; }
  .mark-text.pass { fill: #3fb950; }
  .mark-text.inconclusive { fill: #d29922; }
}
</style>`;

export function escape(text: string): string {
  const named: Readonly<Record<string, string>> = {
    ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
  };
  return text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, (sign) => named[sign] ?? sign);
}

export function text(
  words: string,
  at: { readonly x: number; readonly y: number; readonly class: string },
): string {
  return `<text class="${at.class}" x="${round(at.x)}" y="${round(at.y)}">${escape(words)}</text>`;
}

/** Grid, ticks and label of one panel; time runs along its foot. */
export function frame(
  { left, right, top, bottom }: Frame,
  { label, y, ticks, format }: Axis,
  x: ScaleTime<number, number>,
): string {
  const times = x.ticks(8);
  const timeText = x.tickFormat(8, timeForm(times));
  return [
    text(label, { x: left, y: top - 10, class: 'label' }),
    ...ticks.flatMap((tick) => [
      `<line class="grid" x1="${left}" x2="${right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>`,
      text(format(tick), { x: left - 8, y: y(tick) + 4, class: 'soft end' }),
    ]),
    ...times.flatMap((time) => [
      `<line class="axis" x1="${round(x(time))}" x2="${round(x(time))}" y1="${bottom}" y2="${bottom + 5}"/>`,
      text(timeText(time), { x: x(time), y: bottom + 19, class: 'soft middle' }),
    ]),
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
  ].join('\n');
}

/** As exact as the distance of two ticks asks for, and with the day where there are several. */
function timeForm(times: readonly Date[]): string {
  const [first = new Date(0), second = first] = times;
  const apartMs = second.getTime() - first.getTime();
  const lengthMs = (times.at(-1) ?? first).getTime() - first.getTime();
  if (lengthMs >= 86_400_000) return '%m-%d %H:%M';
  return apartMs > 0 && apartMs < 60_000 ? '%H:%M:%S' : '%H:%M';
}

/** Above the panel's right end. */
export function legend(
  entries: readonly { readonly name: string; readonly colour: string }[],
  { right, top }: Frame,
): string {
  // About the width of a letter of the text.
  const widths = entries.map(({ name }) => 44 + name.length * 6.6);
  let x = right - widths.reduce((sum, width) => sum + width, 0);
  return entries
    .map(({ name, colour }, n) => {
      const from = x;
      x += widths[n] ?? 0;
      const y = top - 14;
      const stroke = `<line class="line ${colour}" x1="${round(from)}" x2="${round(from + 22)}" y1="${y}" y2="${y}"/>`;
      return `${stroke}\n${text(name, { x: from + 28, y: y + 4, class: 'label' })}`;
    })
    .join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
