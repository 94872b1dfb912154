/** Signs and colours of the text views; colours only where they are wanted. */
import type { Phase } from '../../domain/phase.js';
import type { Environment } from '../connection.js';

type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

const codes: Readonly<Record<Colour, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
  dim: 2,
  bold: 1,
};

/** `NO_COLOR`, whatever its value, switches colours off: https://no-color.org */
export function createPaint(options: {
  readonly isTerminal: boolean;
  readonly env: Environment;
}): Paint {
  const { isTerminal, env } = options;
  const isPlain = !isTerminal || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return isPlain
    ? (_colour, text) => text
    : (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

const signs: Readonly<Record<Phase, readonly [sign: string, colour: Colour]>> = {
  Queued: ['·', 'dim'],
  AwaitingApproval: ['?', 'yellow'],
  Deploying: ['▶', 'cyan'],
  Analysing: ['▶', 'cyan'],
  Holding: ['‖', 'yellow'],
  Promoting: ['▶', 'cyan'],
  Promoted: ['✔', 'green'],
  RollingBack: ['↩', 'red'],
  RolledBack: ['✖', 'red'],
  Aborted: ['✖', 'red'],
  Superseded: ['»', 'dim'],
  Rejected: ['✖', 'red'],
  NeedsHelp: ['!', 'red'],
};

export function paintPhase(phase: Phase, paint: Paint): string {
  const [sign, colour] = signs[phase];
  return paint(colour, `${sign} ${phase}`);
}

const barWidth = 24;

/** @example progressBar(50) === '████████████░░░░░░░░░░░░  50 %' */
export function progressBar(weight: number): string {
  const filled = Math.round((barWidth * weight) / 100);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(weight).padStart(3)} %`;
}

/** Text from elsewhere on one line, without the control characters that could steer a terminal. */
export function harmless(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\p{Cc}/gu, '');
}

/** `3s`, `2m10s`: for people, without fractions. */
export function roundedDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h${String(minutes % 60).padStart(2, '0')}m`;
  return minutes > 0 ? `${minutes}m${String(seconds % 60).padStart(2, '0')}s` : `${seconds}s`;
}

/** Columns aligned to their widest cell; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
