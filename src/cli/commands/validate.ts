/** `sluice validate`: check a sluice.yaml without any server. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { loadProject } from '../../config/project.js';
import { resolvePipeline } from '../../config/resolve-pipeline.js';
import { Failure } from '../../domain/failures.js';
import type { CliIo } from '../output.js';
import { openSession } from '../session.js';

export function validateCommand(io: CliIo): Command {
  return new Command('validate')
    .description('check sluice.yaml: every fault with file, line and column')
    .argument('[path]', 'the file, or a folder that holds sluice.yaml')
    .action(async (path: string | undefined, _flags: unknown, command: Command) => {
      const session = openSession(io, command);
      const named = path ?? (io.env.SLUICE_CONFIG || 'sluice.yaml');
      const project = await loadProject(resolve(io.folder, named)).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        if (!session.answers.json && io.env.GITHUB_ACTIONS === 'true') annotate(io, error);
        throw error.code === 'NotFound' ? nothingThere(error) : error;
      });
      const services = Object.keys(project.services);
      const pipelines = services.map((service) => {
        const pipeline = resolvePipeline(project, service, { embedded: false });
        const stages = pipeline.environments.map(({ environment, strategy, promotion }) => ({
          environment,
          strategy: strategy.kind,
          promotion,
        }));
        return { service, stages };
      });
      const value = { valid: true, file: project.file, project: project.project, pipelines };
      session.answers.answer(value, [
        `${project.file} is valid`,
        ...pipelines.map(
          ({ service, stages }) =>
            `  ${service}: ${stages.map(({ environment, strategy, promotion }) => `${environment} (${strategy}${promotion === 'manual' ? ', approved' : ''})`).join(' → ')}`,
        ),
      ]);
    });
}

/** Nothing to check is as invalid as something wrong. */
function nothingThere({ message, details: { where } }: Failure): Failure {
  return new Failure('InvalidInput', message, {
    ...(where === undefined ? {} : { where }),
    next: 'write a first one: sluice init, or name another file: sluice validate <path>',
  });
}

/** As GitHub Actions shows a fault beside the line that it is in. */
function annotate(io: CliIo, { message, details }: Failure): void {
  const faults = details.faults ?? [{ where: details.where ?? '', message }];
  for (const fault of faults) {
    const [, file = fault.where, line = '1', column = '1'] =
      /^(.*):(\d+):(\d+)$/.exec(fault.where) ?? [];
    const place = `file=${propertyOf(relative(io.folder, file))},line=${line},col=${column}`;
    io.write(`::error ${place}::${escaped(fault.message)}\n`);
  }
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function propertyOf(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
