import { runHistory } from './test/support/issue-sync/history.js';
const [from, count] = process.argv.slice(2).map(Number);
const kinds = new Map<string, number[]>();
const t = Date.now(); const tot = { passes: 0, crashes: 0, conflicts: 0, gaps: 0 } as any;
for (let s = from!; s < from! + count!; s += 1) {
  try { const e: any = await runHistory(s); for (const k of Object.keys(tot)) tot[k] += e[k]; } catch (e) {
    const m = (e as Error).message; const i = m.lastIndexOf('AssertionError [ERR'); 
    const lines = m.split('\n'); let r = lines.findIndex((l) => /^\w*Error\b|^Failure/.test(l)); 
    let text = (lines[r] ?? '').slice(0, 120); if (/strictly deep/.test(text)) text += ' ' + (/at (\w+) \(test\/support\/issue-sync\/promises.ts:\d+/.exec(m)?.[0] ?? '') + (lines.slice(r+1,r+12).join(' ').slice(0,140));
    text = text.replace(/#\d+/g,'#N').replace(/k\d+/g,'kN').replace(/sy\/.*/,'');
    kinds.set(text, [...(kinds.get(text) ?? []), s]);
  }
}
console.log(`${count} in ${Date.now() - t} ms`, tot);
for (const [k, v] of [...kinds].sort((a, b) => b[1].length - a[1].length).slice(0,30)) console.log(v.length, v.slice(0, 5).join(','), k);
