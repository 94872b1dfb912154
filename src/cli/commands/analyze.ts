/** `sluice analyze`: run the judge over history, to see when it would have decided and to choose its settings. */
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { judgeHistory } from '../../domain/analysis/history.js';
import { Failure } from '../../domain/failures.js';
import { plotHistory } from '../../history/plot.js';
import { readHealthFlag } from '../health-flag.js';
import { readHistory, type SourceFlags } from '../history-source.js';
import type { CliIo } from '../output.js';
import { analysisJson, renderAnalysis } from '../render/analysis.js';
import { checkNames } from '../../domain/analysis/format-evidence.js';
import { durationFlag, openSession } from '../session.js';

interface AnalyzeFlags extends SourceFlags {
  readonly for?: string;
  readonly grace: string;
  readonly health?: string;
  readonly plot?: string;
}

export function analyzeCommand(io: CliIo): Command {
  return new Command('analyze')
    .description('run the judge over history without a server: when it would have decided, and why')
    .argument(
      '[file.csv]',
      'time, side or revision, instance, requests, errors, le_<ms>; - for stdin',
    )
    .option('--increases', 'the rows are increases since the row before, not running counters')
    .option('--candidate <name>', 'its revision in the file, or with --prometheus its selector')
    .option('--stable <name>', 'likewise; left out with a file: the only other revision')
    .option('--prometheus <url>', 'read the counters of a Prometheus instead of a file')
    .option('--from <time>', 'with --prometheus: RFC 3339, or how long ago: 2h')
    .option('--to <time>', 'likewise; left out: now')
    .option('--every <duration>', 'with --prometheus: time between two looks', '15s')
    .option('--counters <name>', 'with --prometheus: whose counters they are', 'pods')
    .option('--pods <n,m>', "with a gateway's counters: pods of candidate and stable")
    .option('--token-env <variable>', 'with --prometheus: where its bearer token is')
    .option('--health <limits>', 'limits as under health in sluice.yaml, or @file.yaml')
    .option('--for <duration>', "the step's time; left out: as long as the candidate has traffic")
    .addOption(new Option('--grace <duration>', 'time beyond it without a decision').default('0s'))
    .option('--plot <out.svg>', 'draw both sides, the evidence and the decision')
    .action(async (file: string | undefined, flags: AnalyzeFlags, command: Command) => {
      const session = openSession(io, command);
      const forMs = flags.for === undefined ? null : durationFlag(flags.for, '--for');
      const graceMs = durationFlag(flags.grace, '--grace');
      const plot = plotFlag(flags.plot);
      const health = await readHealthFlag(flags.health);
      const { title, looks } = await readHistory(file, flags, io);
      const run = judgeHistory(looks, { forMs, graceMs }, health);
      if (plot !== null) {
        const sides = { candidate: 'candidate', stable: 'stable' };
        await writePlot(plot, plotHistory(run, { title, ...sides, checks: checkNames }));
      }
      const about = { title, plot };
      session.answers.answer(analysisJson(run, about), renderAnalysis(run, about, session.paint));
    });
}

/** Only SVG: a picture of dots would need fonts and a renderer built for each machine. */
function plotFlag(path: string | undefined): string | null {
  if (path === undefined) return null;
  if (path.toLowerCase().endsWith('.svg')) return path;
  throw new Failure('InvalidInput', 'a plot is drawn as SVG', {
    where: '--plot',
    seen: path,
    next: 'name a file that ends in .svg; every browser shows it and prints it to other forms',
  });
}

/** What was drawn before is drawn anew: a plot is made again and again while settings are chosen. */
async function writePlot(path: string, svg: string): Promise<void> {
  await writeFile(path, svg).catch((error: unknown) => {
    const details = { where: '--plot', seen: path, next: 'name a file in a folder that is there' };
    throw new Failure('InvalidInput', `${path} cannot be written`, details, error);
  });
}
