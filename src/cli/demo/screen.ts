/** The demo as it happens: lines that stay, and on a terminal a picture below them that is drawn again. */
import type { CliIo } from '../output.js';
import type { LiveTarget } from './stack-client.js';
import { versionOf } from './observations.js';

export interface Picture {
  readonly elapsedMs: number;
  readonly targets: readonly LiveTarget[];
  /** What the release does now, and the evidence so far. */
  readonly now: string;
  readonly verdict: string;
  readonly load: { readonly requests: number; readonly failed: number };
}

export interface Screen {
  /** A line that stays. */
  say(line: string): void;
  draw(picture: Picture): void;
  /** Takes the picture away. */
  close(): void;
}

const widestBar = 24;
/** What stands beside the bar on its line, at most. */
const besideBar = 40;

/** Progress goes to stderr when stdout is for JSON. */
export function createScreen(io: CliIo, json: boolean): Screen {
  const write = json ? io.writeError : io.write;
  if (json || !io.isTerminal) {
    return { say: (line) => write(`${line}\n`), draw: () => undefined, close: () => undefined };
  }
  let drawn: readonly string[] = [];
  const colour = io.env.NO_COLOR === undefined || io.env.NO_COLOR === '';
  const erase = () => (drawn.length === 0 ? '' : `\x1b[${drawn.length}A\x1b[J`);
  const show = (lines: readonly string[]) => {
    write(`${erase()}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines;
  };
  return {
    say(line) {
      const picture = drawn;
      write(`${erase()}${line}\n`);
      drawn = [];
      if (picture.length > 0) show(picture);
    },
    draw: (picture) => show(pictureLines(picture, io.columns(), colour)),
    close: () => show([]),
  };
}

/** One line a target with its traffic as a bar, then what happens and why. */
export function pictureLines(
  picture: Picture,
  columns: number,
  colour: boolean,
): readonly string[] {
  const cut = (line: string) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`);
  const barWidth = Math.max(4, Math.min(widestBar, columns - besideBar));
  const { requests, failed } = picture.load;
  const clock = `${(picture.elapsedMs / 1000).toFixed(1)} s`;
  return [
    '',
    ...picture.targets.map((target) => targetLine(target, barWidth, colour)),
    cut(`  ${picture.now}`),
    cut(`  ${picture.verdict}`),
    cut(`  ${clock}   ${requests} requests, ${failed} failed`),
  ];
}

function targetLine(target: LiveTarget, barWidth: number, colour: boolean): string {
  const { environment, stable, candidate, weight } = target;
  const share = candidate === null ? 0 : weight;
  const filled = Math.round((barWidth * share) / 100);
  const paint = (code: number, text: string) =>
    colour && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text;
  const bar = `${paint(36, '█'.repeat(filled))}${paint(90, '░'.repeat(barWidth - filled))}`;
  const stableText = (stable === null ? '–' : versionOf(stable)).padEnd(7);
  const shift = candidate === null ? '' : ` ${versionOf(candidate)} at ${share} %`;
  return `  ${environment.padEnd(12)} ${stableText} ${bar}${shift}`;
}
