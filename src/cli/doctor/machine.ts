/** Probes of this machine: Node, git, the Temporal CLI, room on the disk, and the data folder. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { lt, valid } from 'semver';
import { findTemporalCli } from '../../embedded/temporal-cli.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type Examined, fault, ok, warning } from './finding.js';

const oldestNode = '20.19.0';
/** Node 20 ended in April 2026. */
const maintainedNode = '22.0.0';

export function probeNode({ tools: { nodeVersion } }: Examined): readonly Finding[] {
  const subject = 'node';
  const next = 'install Node 24: https://nodejs.org';
  if (lt(nodeVersion, oldestNode)) return [fault(subject, `${nodeVersion} is too old`, next)];
  if (lt(nodeVersion, maintainedNode)) {
    return [warning(subject, `${nodeVersion} gets no security updates any more`, next)];
  }
  return [ok(subject, nodeVersion)];
}

export async function probeGit({ io }: Examined): Promise<readonly Finding[]> {
  const said = await sayOf('git', ['--version'], io);
  return said === null
    ? [
        fault(
          'git',
          'it is not on PATH; the sync of issues and gitops platforms need it',
          'install git: https://git-scm.com',
        ),
      ]
    : [ok('git', said.replace('git version ', ''))];
}

const oldestTemporal = '1.5.0';

export async function probeTemporalCli({ io }: Examined): Promise<readonly Finding[]> {
  const subject = 'temporal cli';
  try {
    const cli = findTemporalCli(io.env);
    const version = /(\d+\.\d+\.\d+)/.exec((await sayOf(cli, ['--version'], io)) ?? '')?.[1];
    if (!valid(version) || lt(version ?? '', oldestTemporal)) {
      const seen = `${cli} is ${version ?? 'no Temporal CLI'}, ${oldestTemporal} is needed`;
      return [warning(subject, seen, 'let it be fetched: unset SLUICE_TEMPORAL_CLI; sluice up')];
    }
    return [ok(subject, `${version} at ${cli}`)];
  } catch {
    // Only `up` and `demo` need it.
    const seen = 'it is not on this machine; only sluice up and sluice demo need it';
    return [warning(subject, seen, 'sluice up  # fetches it')];
  }
}

const tightBytes = 100 * 2 ** 20;
const smallBytes = 2 ** 30;

export async function probeDisk({ dataDir }: Examined): Promise<readonly Finding[]> {
  const subject = 'disk';
  const { bavail, bsize } = await statfs(await nearestFolder(dataDir));
  const free = bavail * bsize;
  const seen = `${(free / 2 ** 30).toFixed(1)} GiB free for ${dataDir}`;
  const next = 'make room, or name another folder: export SLUICE_DATA_DIR=<folder>';
  if (free < tightBytes) return [fault(subject, seen, next)];
  return [free < smallBytes ? warning(subject, seen, next) : ok(subject, seen)];
}

export async function probeDataFolder({ dataDir }: Examined): Promise<readonly Finding[]> {
  const subject = 'data folder';
  const folder = await nearestFolder(dataDir);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const next = 'name another: export SLUICE_DATA_DIR=<folder>';
    return [fault(subject, `${folder} cannot be written by this user`, next)];
  }
  return [ok(subject, folder === dataDir ? dataDir : `${dataDir} is made at first use`)];
}

export function probeMemory(_examined: Examined): readonly Finding[] {
  const subject = 'memory';
  const seen = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  return totalmem() < 2 ** 30
    ? [
        warning(
          subject,
          `${seen}; the stack of sluice up takes about 1 GiB`,
          'add memory, or run only the command line here',
        ),
      ]
    : [ok(subject, seen)];
}

export async function probeFolderMode({ dataDir }: Examined): Promise<readonly Finding[]> {
  const subject = 'data folder mode';
  const found = await stat(dataDir).catch(() => null);
  if (found === null) return [];
  return (found.mode & 0o022) === 0
    ? [ok(subject, `0${(found.mode & 0o777).toString(8)}`)]
    : [fault(subject, 'others can write into it', `chmod go-w ${dataDir}`)];
}

/** The first line that a program says; null when it cannot be run. */
function sayOf(
  program: string,
  args: readonly string[],
  { folder, env }: Examined['io'],
): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 5000, cwd: folder, env: { ...env } }, (error, stdout) =>
      resolve(error ? null : (stdout.split('\n')[0] ?? '')),
    );
  });
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found?.isDirectory() || folder === dirname(folder)) return folder;
  }
}
