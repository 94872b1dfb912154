/** All rows of the refusal matrix of one test run, as a table at its end. */

export interface RefusalRow {
  readonly obstacle: string;
  readonly trigger: string;
  /** From the trigger until the route gave the candidate nothing, ms. */
  readonly writtenMs: number;
  /** From the trigger until the candidate's last answer to a user, ms. */
  readonly lastAnswerMs: number;
}

const rows: RefusalRow[] = [];

export function writeRefusal(row: RefusalRow): void {
  if (rows.length === 0) process.once('exit', print);
  rows.push(row);
  console.log(`      ${lineOf(row)}`);
}

function lineOf({ obstacle, trigger, writtenMs, lastAnswerMs }: RefusalRow): string {
  return `| ${obstacle} | ${trigger} | ${Math.round(writtenMs)} | ${lastAnswerMs} |`;
}

function print(): void {
  const head = ['| in the way | trigger | written after ms | last candidate answer after ms |'];
  console.log([...head, '|---|---|---|---|', ...rows.map(lineOf)].join('\n'));
}
