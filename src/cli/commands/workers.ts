/** `sluice workers`: versions of Sluice's own workers, checked, rolled out in steps, and led back. */
import { Command } from 'commander';
import { Failure } from '../../domain/failures.js';
import {
  type DeploymentReading,
  knownDeployment,
  requireRollOut,
} from '../../domain/workers/deployment.js';
import type { ReplayReport } from '../../domain/workers/replay.js';
import {
  defaultSteps,
  type LastWorkerRollout,
  type WorkerRolloutInput,
  type WorkerRolloutResult,
  type WorkersLedBack,
} from '../../domain/workers/rollout.js';
import type { WorkerVersion } from '../../domain/workers/version.js';
import { type CliIo, createAnswers } from '../output.js';
import { durationFlag } from '../session.js';

/** What the commands ask of Temporal; loaded when one of them runs. Whoever may write to the namespace may do this. */
export interface WorkersTools {
  readonly open: (env: CliIo['env']) => Promise<WorkersDesk>;
}

export interface WorkersDesk {
  read(deploymentName: string): Promise<DeploymentReading | null>;
  last(deploymentName: string): Promise<LastWorkerRollout | null>;
  start(input: WorkerRolloutInput): Promise<void>;
  result(deploymentName: string): Promise<WorkerRolloutResult>;
  callOff(deploymentName: string): Promise<void>;
  leadBack(version: WorkerVersion, to: string | null): Promise<boolean>;
  /** Resolves when it will be put on record, with or without a worker now. */
  record(ledBack: WorkersLedBack): Promise<void>;
  rescue(from: WorkerVersion, to: WorkerVersion, sinceMs: number): Promise<readonly string[]>;
  /** @param folder of recorded histories; null: of what is open in the namespace and would go along */
  replay(folder: string | null): Promise<ReplayReport>;
  close(): Promise<void>;
}

interface Flags {
  readonly deployment: string;
  readonly json?: boolean;
}

interface RolloutFlags extends Flags {
  readonly build: string;
  readonly steps: string;
  readonly hold: string;
  readonly actor: string;
  readonly reason: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

interface CheckFlags extends Flags {
  readonly histories?: string;
}

interface RollbackFlags extends Flags {
  readonly actor: string;
  readonly reason: string;
  readonly to?: string;
}

export function workersCommand(io: CliIo, tools: WorkersTools): Command {
  const workers = new Command('workers').description(
    'versions of the workers: status, check, rollout, rollback',
  );
  const deployment = [
    '--deployment <name>',
    'of the workers',
    io.env.TEMPORAL_DEPLOYMENT_NAME || 'sluice',
  ] as const;
  const asJson = ['--json', 'answer with one JSON object on stdout'] as const;
  const at = async (work: (desk: WorkersDesk) => Promise<void>): Promise<void> => {
    const desk = await tools.open(io.env);
    try {
      await work(desk);
    } finally {
      await desk.close();
    }
  };
  workers
    .command('status')
    .description('versions with what each gets, who polls, and how much is open')
    .option(...deployment)
    .option(...asJson)
    .action((flags: Flags) => at((desk) => status(io, desk, flags)));
  workers
    .command('check')
    .description('replay histories with the workflows of this build')
    .option('--histories <folder>', 'recorded ones; default: what is open and would go along')
    .option(...asJson)
    .action((flags: CheckFlags) => at((desk) => check(io, desk, flags)));
  workers
    .command('rollout')
    .description('lead work to a build in steps, and back at the first task that it fails')
    .requiredOption('--build <id>', 'of workers that run already')
    .requiredOption('--actor <name>', 'who does it; kept in the record')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--steps <list>', 'percent, rising, ending with 100', defaultSteps.join(','))
    .option('--hold <duration>', 'how long each step is looked at', '2m')
    .option('--dry-run', 'say what would be done')
    .option('--wait', 'until it is over; exit code 3: led back')
    .option(...deployment)
    .option(...asJson)
    .action((flags: RolloutFlags) => at((desk) => rollOut(io, desk, flags)));
  workers
    .command('rollback')
    .description('lead all work back at once; asks no worker and no gate')
    .requiredOption('--actor <name>', 'who does it; kept in the record')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--to <build>', 'default: what the last rollout took over from')
    .option(...deployment)
    .option(...asJson)
    .action((flags: RollbackFlags) => at((desk) => rollBack(io, desk, flags)));
  return workers;
}

async function status(io: CliIo, desk: WorkersDesk, flags: Flags): Promise<void> {
  const reading = knownDeployment(await desk.read(flags.deployment), flags.deployment);
  const { token: _, ...shown } = reading;
  const lines = reading.versions.map(({ buildId, state, openWorkflows, polled }) =>
    [
      buildId.padEnd(30),
      (state === 'ramping' ? `ramping ${reading.ramping?.percentage ?? 0} %` : state).padEnd(12),
      `${polled.length} queues polled`,
      `${openWorkflows} open workflows of its own`,
    ].join('  '),
  );
  const unversioned =
    reading.current === null ? ['workers without a version get everything else'] : [];
  createAnswers(io, flags.json === true).answer(shown, [...lines, ...unversioned]);
}

async function check(io: CliIo, desk: WorkersDesk, flags: CheckFlags): Promise<void> {
  const { replayed, faults } = await desk.replay(flags.histories ?? null);
  const [first] = faults;
  if (first !== undefined) {
    throw new Failure(
      'HistoryNotReplayed',
      `${faults.length} of ${replayed} histories do not replay with this build`,
      {
        where: first.workflowId,
        ...(first.eventId !== null && { seen: `event ${first.eventId}` }),
        next: 'keep the order of commands with patched(), or give the change a workflow type of its own',
        faults: faults.map(({ workflowId, message }) => ({ where: workflowId, message })),
      },
    );
  }
  createAnswers(io, flags.json === true).answer({ replayed, faults }, [
    `${replayed} histories replay with this build`,
  ]);
}

async function rollOut(io: CliIo, desk: WorkersDesk, flags: RolloutFlags): Promise<void> {
  const { deployment: deploymentName, build: buildId, actor, reason } = flags;
  const steps = stepsOf(flags.steps);
  const holdMs = durationFlag(flags.hold, '--hold');
  const reading = knownDeployment(await desk.read(deploymentName), deploymentName);
  requireRollOut(reading, buildId);
  const { current: from } = reading;
  const plan = { deploymentName, buildId, from, steps, holdMs };
  const answers = createAnswers(io, flags.json === true);
  const lines = [`from      ${from ?? 'workers without a version'}`, `to        ${buildId}`];
  lines.push(`steps     ${steps.map((step) => `${step} %`).join(', ')}, ${flags.hold} each`);
  if (flags.dryRun === true) return answers.answer({ ...plan, outcome: 'dryRun' }, lines);
  await desk.start({ ...plan, actor, reason });
  if (flags.wait !== true) {
    return answers.answer({ ...plan, outcome: 'started' }, [
      ...lines,
      'next      sluice workers status',
    ]);
  }
  const result = await desk.result(deploymentName);
  answers.answer({ ...plan, ...result }, [...lines, `${result.outcome}: ${result.reason}`]);
  if (result.outcome === 'rolledBack') io.exit('rolledBack');
}

async function rollBack(io: CliIo, desk: WorkersDesk, flags: RollbackFlags): Promise<void> {
  const { deployment: deploymentName, actor, reason } = flags;
  const reading = knownDeployment(await desk.read(deploymentName), deploymentName);
  const last = await desk.last(deploymentName);
  const buildId = reading.ramping?.buildId ?? reading.current;
  const to = flags.to ?? (reading.ramping ? reading.current : (last?.from ?? null));
  const isTold = flags.to !== undefined || reading.ramping !== null || last?.buildId === buildId;
  if (buildId === null || !isTold) {
    throw new Failure('InvalidInput', 'nobody knows what to lead back to', {
      ...{ where: '--to', seen: reading.versions.map((each) => each.buildId).join(', ') },
      next: 'sluice workers rollback --to <build>',
    });
  }
  const version = { deploymentName, buildId };
  const done = await desk.leadBack(version, to);
  // Its workers may be what is broken: nobody waits for it.
  if (last?.isRunning === true) await desk.callOff(deploymentName);
  const rescued = to === null ? [] : await desk.rescue(version, { deploymentName, buildId: to }, 0);
  // What was led back stays so, whatever becomes of its record.
  const troubles = await desk
    .record({ deploymentName, buildId, from: to, actor, reason, rescued })
    .then(() => [])
    .catch((error: Error) => [`it is not on record: ${error.message}`]);
  const answer = { deploymentName, buildId, to, done, rescued, troubles };
  createAnswers(io, flags.json === true).answer(answer, [
    `${buildId} gets nothing new; everything goes to ${to ?? 'workers without a version'}`,
    ...rescued.map((id) => `${id} was stuck, and goes on there`),
    ...troubles,
  ]);
}

function stepsOf(text: string): readonly number[] {
  const steps = text.split(',').map(Number);
  const isRising = steps.every(
    (step, at) => Number.isInteger(step) && step > (steps[at - 1] ?? 0) && step <= 100,
  );
  if (isRising && steps.at(-1) === 100) return steps;
  throw new Failure('InvalidInput', '--steps is no list of rising percentages', {
    ...{ where: '--steps', seen: text, limit: 'whole numbers from 1, the last one 100' },
    next: '--steps 10,50,100',
  });
}
