/** A view that stays in place: on a terminal only changed lines are written again, in a pipe each change is a line. */

export interface LiveView {
  show(lines: readonly string[], facts: ReadonlyMap<string, string>): void;
}

const escape = '\u001b';
const up = (count: number): string => (count > 0 ? `${escape}[${count}A` : '');
const clearLine = `${escape}[2K`;
/** They take no room on the screen. */
const colours = new RegExp(`${escape}\\[\\d+m`, 'g');

export function createTerminalView(write: (text: string) => void, columns: () => number): LiveView {
  let shown: string[] = [];
  return {
    show(lines) {
      // A line that wraps would make the count of lines wrong, so none is allowed to.
      const fitted = lines.map((line) => cut(line, columns() - 1));
      const height = Math.max(shown.length, fitted.length);
      let text = up(shown.length);
      for (let at = 0; at < height; at++) {
        const line = fitted[at] ?? '';
        text += at < shown.length && shown[at] === line ? '\n' : `\r${clearLine}${line}\n`;
      }
      // Lines that are gone were blanked; the cursor stands below the last one that was ever shown.
      while (fitted.length < height) fitted.push('');
      if (fitted.some((line, at) => line !== shown[at])) write(text);
      shown = fitted;
    },
  };
}

function cut(line: string, width: number): string {
  const plain = line.replace(colours, '');
  if (plain.length <= width) return line;
  return `${plain.slice(0, Math.max(0, width - 1))}…`;
}

/** @param clock epoch milliseconds, for the time at the line's start */
export function createPlainView(write: (text: string) => void, clock: () => number): LiveView {
  let told: ReadonlyMap<string, string> = new Map();
  return {
    show(_lines, facts) {
      const time = new Date(clock()).toISOString().slice(11, 19);
      for (const [about, text] of facts) {
        if (told.get(about) !== text) write(`${time}  ${text}\n`);
      }
      told = facts;
    },
  };
}
