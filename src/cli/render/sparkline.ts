/** A row of numbers as one line of bars: `▁▁▂▅█`. */

const bars = '▁▂▃▄▅▆▇█';

/** @param most the value of the highest bar; left out: the largest of them */
export function sparkline(values: readonly number[], most = Math.max(0, ...values)): string {
  return values
    .map((value) => {
      const part = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
      return bars.charAt(Math.round(part * (bars.length - 1)));
    })
    .join('');
}
