/** Plots as inline SVG: lines over time with their limit, in the width there is. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { timeOf } from './format.js';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [atMs: number, value: number])[];
  /** Keeps its value until the next point. */
  readonly isStepped?: boolean;
}

interface PlotProps {
  readonly title: string;
  /** What it shows, in words. */
  readonly says: string;
  readonly lines: readonly Line[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly limit?: { readonly value: number; readonly text: string };
}

const height = 150;
const frame = { left: 44, right: 8, top: 10, bottom: 22 };

export function Plot(props: PlotProps) {
  const { title, says, lines, fromMs, toMs, ticks, format, limit } = props;
  const [box, width] = useWidth();
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const inner = {
    width: width - frame.left - frame.right,
    height: height - frame.top - frame.bottom,
  };
  const x = (atMs: number): number =>
    round(frame.left + (inner.width * (atMs - fromMs)) / Math.max(1, toMs - fromMs));
  const y = (value: number): number => {
    const part = (value - low) / (high - low || 1);
    return round(frame.top + inner.height * (1 - Math.max(0, Math.min(1, part))));
  };
  return (
    <figure class="plot">
      <figcaption>
        {title}
        <Legend lines={lines} />
      </figcaption>
      <div ref={box}>
        <svg width={width} height={height} role="img" aria-label={`${title}: ${says}`}>
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                class="grid"
                x1={frame.left}
                x2={width - frame.right}
                y1={y(tick)}
                y2={y(tick)}
              />
              <text class="end" x={frame.left - 6} y={y(tick) + 4}>
                {format(tick)}
              </text>
            </g>
          ))}
          <text x={frame.left} y={height - 5}>
            {timeOf(fromMs)}
          </text>
          <text class="end" x={width - frame.right} y={height - 5}>
            {timeOf(toMs)}
          </text>
          {limit !== undefined && (
            <g class="limit">
              <line
                x1={frame.left}
                x2={width - frame.right}
                y1={y(limit.value)}
                y2={y(limit.value)}
              />
              <text x={frame.left + 4} y={y(limit.value) - 4}>
                {limit.text}
              </text>
            </g>
          )}
          {lines.map((line, n) => (
            <path key={line.name} class={`line line-${n}`} d={pathOf(line, x, y)} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

function Legend({ lines }: { readonly lines: readonly Line[] }): ComponentChildren {
  if (lines.length < 2) return null;
  return (
    <span class="legend">
      {lines.map(({ name }, n) => (
        <span key={name}>
          <svg width="22" height="8" aria-hidden="true">
            <path class={`line line-${n}`} d="M0 4H22" />
          </svg>
          {name}
        </span>
      ))}
    </span>
  );
}

function pathOf({ points, isStepped }: Line, x: (at: number) => number, y: (v: number) => number) {
  return points
    .map(([atMs, value], n) => {
      if (n === 0) return `M${x(atMs)} ${y(value)}`;
      return isStepped ? `H${x(atMs)}V${y(value)}` : `L${x(atMs)} ${y(value)}`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The width of an element in CSS pixels, kept up to date: letters stay as large as all others. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(160, Math.floor(entry.contentRect.width)));
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
