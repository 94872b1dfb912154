/** The command line `sluice` as a whole: its commands, the flags they share, and how it ends. */
import addCompletion from '@bomb.sh/tab/commander';
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { Failure } from '../domain/failures.js';
import { describeAnswers } from './answer-schemas.js';
import { auditCommand } from './commands/audit.js';
import { branchCommand } from './commands/branch.js';
import { analyzeCommand } from './commands/analyze.js';
import { controlCommands } from './commands/control.js';
import { ejectCommand } from './commands/eject.js';
import { getCommand } from './commands/get.js';
import { importCommand } from './commands/import.js';
import { mergeCommand } from './commands/merge.js';
import { repositoryCommand } from './commands/repository.js';
import { pullCommand } from './commands/pull.js';
import { protectionCommand } from './commands/protection.js';
import { initCommand } from './commands/init.js';
import { issueCommand } from './commands/issue.js';
import { planCommand, releaseCommand, watchCommand } from './commands/release.js';
import { resetCommand } from './commands/reset.js';
import { staleCommand } from './commands/stale.js';
import { syncCommand } from './commands/sync.js';
import { tokenCommand } from './commands/token.js';
import { validateCommand } from './commands/validate.js';
import { whyCommand } from './commands/why.js';
import { flagsIn, offerNames, readNames } from './complete-names.js';
import { exitOfProblem, explainExitCodes } from './exit-codes.js';
import { type CliIo, describeProblem, problemFrom } from './output.js';

/** Runs one command. `local` starts things on this machine and has flags of its own in place of the shared ones. */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  local: readonly Command[],
): Promise<void> {
  const own = local.find((command) => command.name() === argv[0]);
  const program = own ? bareProgram(io, own) : createProgram(io, local);
  // Last, because it reads all of the others: `sluice completion bash`, and what that script asks at each Tab.
  const completion = own ? null : addCompletion(program, { completionCommandName: 'completion' });
  quieten(program);
  try {
    const [asked, , ...typed] = argv;
    // Of the name of a command nobody else knows more.
    if (asked === 'complete' && completion !== null && typed.length > 1) {
      const names = await readNames(io, flagsIn(typed));
      if (names !== null) offerNames(completion, program, names);
    }
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      return end(io, argv.includes('--json'), nothingChosen(program, argv[0]));
    }
    const json = argv.includes('--json');
    end(io, json, error instanceof CommanderError ? usageFailure(error) : error);
  }
}

function bareProgram(io: CliIo, command: Command): Command {
  const program = new Command('sluice').configureOutput(textTo(io)).addCommand(command);
  command.copyInheritedSettings(program);
  return program;
}

function textTo(io: CliIo): OutputConfiguration {
  return {
    writeOut: io.write,
    writeErr: () => {
      // Faults of usage are told in one place, with their exit code.
    },
    getOutHelpWidth: io.columns,
  };
}

function createProgram(io: CliIo, local: readonly Command[]): Command {
  const program = new Command('sluice')
    .description('releases software by evidence and takes it back at once when the evidence turns')
    .option('--api <url>', 'the API; else SLUICE_API_URL, else the stack that runs here')
    .option('--token <token>', 'its token; else SLUICE_TOKEN, else that of the stack')
    .option('--data-dir <folder>', 'data folder of the stack; else SLUICE_DATA_DIR, else .sluice')
    .option('--json', 'answer with one JSON object on stdout')
    .helpCommand(false)
    .configureOutput(textTo(io))
    .addHelpText('after', '\nExit codes: sluice help exit-codes');
  const commands = [
    ...local,
    initCommand(io),
    validateCommand(io),
    importCommand(io),
    analyzeCommand(io),
    planCommand(io),
    releaseCommand(io),
    getCommand(io),
    watchCommand(io),
    ...controlCommands(io),
    ejectCommand(io),
    whyCommand(io),
    auditCommand(io),
    branchCommand(io),
    staleCommand(io),
    mergeCommand(io),
    repositoryCommand(io),
    pullCommand(io),
    resetCommand(io),
    issueCommand(io),
    syncCommand(io),
    protectionCommand(io),
    tokenCommand(io),
  ];
  for (const command of commands) {
    program.addCommand(command);
    command.copyInheritedSettings(program);
    for (const sub of command.commands) sub.copyInheritedSettings(program);
  }
  program
    .command('help')
    .description('explain a command, exit-codes, or json: the schema of --json answers')
    .argument('[topic]')
    .action((topic: string | undefined) => {
      if (topic === 'json') return io.write(`${JSON.stringify(describeAnswers(), null, 2)}\n`);
      if (topic === 'exit-codes') return io.write(`${explainExitCodes().join('\n')}\n`);
      const found = program.commands.find((each) => each.name() === topic);
      (found ?? program).outputHelp();
    });
  return program;
}

/** Commander throws instead of leaving the process, in every command. */
function quieten(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) quieten(sub);
}

function usageFailure(error: CommanderError): Failure {
  return new Failure('InvalidInput', error.message.replace(/^error: /, ''), {
    next: 'sluice help',
  });
}

/** A group of commands was named and none of them. */
function nothingChosen(program: Command, name: string | undefined): Failure {
  const group = program.commands.find((each) => each.name() === name) ?? program;
  const names = group.commands.map((each) => each.name()).join(', ');
  const path = group === program ? 'sluice' : `sluice ${name}`;
  return new Failure('InvalidInput', `${path} needs the name of a command`, {
    limit: names,
    next: `${path} --help`,
  });
}

/** Tells what went wrong and ends with its code; a bug is thrown on, with its stack. */
function end(io: CliIo, json: boolean, error: unknown): void {
  const problem = problemFrom(error);
  if (problem === null) throw error;
  if (json) io.write(`${JSON.stringify(problem)}\n`);
  else io.writeError(`${describeProblem(problem).join('\n')}\n`);
  io.exit(exitOfProblem(problem.code));
}
