/** `sluice validate`: check a sluice.yaml without any server. */
import { Command } from 'commander';
import { loadProject } from '../../config/project.js';
import { resolvePipeline } from '../../config/resolve-pipeline.js';
import type { CliIo } from '../output.js';
import { openSession } from '../session.js';

export function validateCommand(io: CliIo): Command {
  return new Command('validate')
    .description('check sluice.yaml: every fault with file, line and column')
    .argument('[path]', 'the file, or a folder that holds sluice.yaml')
    .action(async (path: string | undefined, _flags: unknown, command: Command) => {
      const session = openSession(io, command);
      const project = await loadProject(path ?? (io.env.SLUICE_CONFIG || 'sluice.yaml'));
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
