/** Which regular expressions may be asked of names that others choose: those that end soon on any of them. */

/**
 * True for what compiles and has no form that can take exponential time: backreferences, lookarounds, and a repeated
 * group that itself repeats or chooses. `(a+)+` and `(a|a)*` are refused, `^wip/.+-\d{4}$` is not.
 */
export function isSafePattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
  } catch {
    return false;
  }
  const bare = pattern.replace(/\[(?:\\.|[^\]\\])*\]/g, 'x');
  if (/\\[1-9k]|\(\?<?[=!]/.test(bare)) return false;
  const plain = bare.replace(/\\./g, 'x');
  const open: { wild: boolean }[] = [];
  let repeats = 0;
  for (let at = 0; at < plain.length; at++) {
    const sign = plain[at] ?? '';
    if (sign === '(') {
      open.push({ wild: false });
      // `(?:`, `(?<name>`: this question mark quantifies nothing.
      if (plain[at + 1] === '?') at++;
    } else if (sign === ')') {
      const group = open.pop();
      const isRepeated = /[*+?{]/.test(plain[at + 1] ?? '');
      if (group?.wild === true && isRepeated) return false;
      const outer = open.at(-1);
      if (outer && (group?.wild === true || isRepeated)) outer.wild = true;
    } else if (/[*+?{|]/.test(sign)) {
      if (sign === '*' || sign === '+' || sign === '{') repeats++;
      const inside = open.at(-1);
      if (inside) inside.wild = true;
    }
  }
  // Each one more makes the longest search a power longer.
  return repeats <= 4;
}
