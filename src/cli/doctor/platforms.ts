/** Probes of what a project names: its platforms, its metric sources and GitHub. */
import { readAuthorization } from '../../config/credential.js';
import type { MetricSourceSettings } from '../../config/metric-source-schema.js';
import type { Finding } from '../../domain/repository/finding.js';
import { parseRepository } from '../../domain/repository/names.js';
import { readStack } from '../connection.js';
import { type Examined, fault, faultOf, ok, warning } from './finding.js';

const answerMs = 5000;

export async function probePlatforms(examined: Examined): Promise<readonly Finding[]> {
  const { project, tools } = examined;
  const found = await Promise.all(
    Object.entries(project?.platforms ?? {}).map(async ([name, settings]) => {
      switch (settings.kind) {
        case 'playground':
          return [await playground(name, settings.url, examined)];
        case 'kubernetes':
          return (await tools.inspectKubernetes(settings)).map((one) => ({
            ...one,
            subject: `platform ${name}: ${one.subject}`,
          }));
        case 'gitops':
          return [ok(`platform ${name}`, 'a branch is followed; its worker looks at it')];
      }
    }),
  );
  return found.flat();
}

async function playground(
  name: string,
  url: string | undefined,
  examined: Examined,
): Promise<Finding> {
  const subject = `platform ${name}`;
  const { io, dataDir } = examined;
  const address =
    url ?? (io.env.SLUICE_PLAYGROUND_URL || (await readStack(dataDir))?.playgroundUrl);
  if (address === undefined) return warning(subject, 'the playground does not run', 'sluice up');
  try {
    // Without a token it says no, which is an answer.
    await io.fetch(new URL('/v1/targets', address), { signal: AbortSignal.timeout(answerMs) });
    return ok(subject, `the playground answers at ${address}`);
  } catch (error) {
    const next = 'sluice up';
    return { ...faultOf(subject, error, next), seen: `nobody answers at ${address}` };
  }
}

export async function probeMetrics({ io, project }: Examined): Promise<readonly Finding[]> {
  return Promise.all(
    Object.entries(project?.metricSources ?? {}).map(([name, settings]) =>
      metricSource(name, settings, io),
    ),
  );
}

async function metricSource(
  name: string,
  settings: MetricSourceSettings,
  io: Examined['io'],
): Promise<Finding> {
  const subject = `metrics ${name}`;
  if (settings.kind !== 'prometheus') return ok(subject, `${settings.kind}; its worker asks it`);
  const next = `mend metricSources.${name}, or see that this machine reaches it`;
  try {
    const headers =
      settings.auth === undefined
        ? {}
        : { authorization: await readAuthorization(settings.auth, io.env) };
    const base = settings.url.replace(/\/$/, '');
    const answer = await io.fetch(new URL(`${base}/api/v1/query?query=1`), {
      headers,
      signal: AbortSignal.timeout(answerMs),
    });
    return answer.ok
      ? ok(subject, `Prometheus answers at ${settings.url}`)
      : fault(subject, `${settings.url} answers ${answer.status}`, next);
  } catch (error) {
    return faultOf(subject, error, next);
  }
}

export async function probeGithub({ project, tools }: Examined): Promise<readonly Finding[]> {
  if (project?.github === undefined) return [];
  const named = Object.values(project.services).flatMap(({ repository }) => repository ?? []);
  const repositories = [...new Set(named)].map(parseRepository);
  const found = await tools.inspectGithub(project.github, repositories);
  return found.map((one) => ({ ...one, subject: `github: ${one.subject}` }));
}
