/** Probes of what is written down: sluice.yaml, the environment, credentials, tokens and keys. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { loadSettings } from '../../config/settings.js';
import { readTokenFile } from '../../config/token-file.js';
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type Examined, fault, faultOf, ok, warning } from './finding.js';

export function probeEnvironment({ io: { env } }: Examined): readonly Finding[] {
  try {
    loadSettings(env);
    const own = Object.keys(env).filter((name) => name.startsWith('SLUICE_'));
    return [ok('environment', own.length === 0 ? 'no SLUICE_ variables' : own.sort().join(', '))];
  } catch (error) {
    return [faultOf('environment', error, 'correct the variables named')];
  }
}

/** Wherever sluice.yaml says that a credential lies. */
export async function probeCredentials({ io, project }: Examined): Promise<readonly Finding[]> {
  if (project === null) return [];
  const written: unknown = parseYaml(await readFile(project.file, 'utf8'));
  const places = new Map(credentialsIn(written, '').map((one) => [one.name, one]));
  return Promise.all([...places.values()].map((place) => examine(place, io.env)));
}

interface Place {
  /** `platforms.local.token` */
  readonly path: string;
  readonly name: string;
  readonly file?: string;
  readonly variable?: string;
}

function credentialsIn(value: unknown, path: string): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && typeof only[1] === 'string') {
    if (only[0] === 'env') return [{ path, name: only[1], variable: only[1] }];
    if (only[0] === 'file') return [{ path, name: only[1], file: only[1] }];
  }
  return entries.flatMap(([key, inner]) =>
    credentialsIn(inner, path === '' ? key : `${path}.${key}`),
  );
}

async function examine(
  { path, name, file, variable }: Place,
  env: Examined['io']['env'],
): Promise<Finding> {
  const subject = `credential ${path}`;
  if (variable !== undefined) {
    return env[variable]
      ? ok(subject, `${name} is set`)
      : warning(subject, `${name} is not set here`, `start the worker with ${name} set`);
  }
  const found = await stat(file ?? '').catch(() => null);
  if (found === null) {
    return warning(subject, `${name} is not there`, `write it to ${name}, readable by the worker`);
  }
  return (found.mode & 0o077) === 0
    ? ok(subject, name)
    : fault(subject, `${name} can be read by others`, `chmod 600 ${name}`);
}

const weekMs = 7 * 86_400_000;

/** The API's tokens, where this machine has them. */
export async function probeTokens({ io, dataDir }: Examined): Promise<readonly Finding[]> {
  const file = io.env.SLUICE_TOKENS_FILE || join(dataDir, 'tokens.json');
  const found = await stat(file).catch(() => null);
  if (found === null) return [];
  const mode =
    (found.mode & 0o077) === 0
      ? ok('token file', file)
      : fault('token file', `${file} can be read by others`, `chmod 600 ${file}`);
  try {
    const tokens = await readTokenFile(file);
    const nowMs = io.clock();
    const left = (expiresAt: string) => Date.parse(expiresAt) - nowMs;
    const over = tokens.filter(({ expiresAt }) => left(expiresAt) <= 0);
    const soon = tokens.filter(({ expiresAt }) => left(expiresAt) > 0 && left(expiresAt) < weekMs);
    const named = (some: typeof tokens) =>
      some.map(({ id, owner }) => `${id} of ${owner}`).join(', ');
    const again = 'sluice token create --owner <name> --scopes <list>';
    const age =
      over.length > 0
        ? warning('token expiry', `over: ${named(over)}`, again)
        : soon.length > 0
          ? warning('token expiry', `over within a week: ${named(soon)}`, again)
          : ok('token expiry', `${tokens.length} tokens, none ends within a week`);
    return [mode, age];
  } catch (error) {
    return [mode, faultOf('token expiry', error, `mend ${file}`)];
  }
}

export async function probeApprovalKey({ io, dataDir }: Examined): Promise<readonly Finding[]> {
  const file = io.env.SLUICE_APPROVAL_KEY_FILE || join(dataDir, 'approval.key');
  const found = await stat(file).catch(() => null);
  if (found === null) return [];
  if ((found.mode & 0o077) !== 0) {
    return [fault('approval key', `${file} can be read by others`, `chmod 600 ${file}`)];
  }
  return found.size < 32
    ? [
        fault(
          'approval key',
          `${file} has ${found.size} bytes`,
          `head -c 32 /dev/urandom | base64 > ${file}`,
        ),
      ]
    : [ok('approval key', file)];
}

/** Programs that the playground starts. */
export async function probePrograms({ io, project }: Examined): Promise<readonly Finding[]> {
  const services = Object.entries(project?.services ?? {});
  const found = services.flatMap(([service, { workload }]) => {
    const program = workload.command?.[0];
    return program === undefined ? [] : [{ service, program, folder: workload.directory }];
  });
  return Promise.all(
    found.map(async ({ service, program, folder }) => {
      const places = program.includes('/')
        ? [join(folder, program)]
        : (io.env.PATH ?? '').split(':').map((path) => join(path, program));
      const there = await Promise.all(places.map((path) => stat(path).catch(() => null)));
      const subject = `program of ${service}`;
      return there.some((one) => one?.isFile())
        ? ok(subject, program)
        : fault(
            subject,
            `${program} is not found`,
            `install it, or mend services.${service}.workload.command`,
          );
    }),
  );
}

export function configFinding(error: unknown, path: string): Finding {
  if (error instanceof Failure && error.code === 'NotFound') {
    return warning('configuration', `there is no ${path}`, 'sluice init');
  }
  return faultOf('configuration', error, 'sluice validate');
}
