/** A small house in a temporary folder, with the project's own configuration and faults planted in it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const configuration = [
  '.dependency-cruiser.mjs',
  '.gitignore',
  '.oxlintrc.json',
  'biome.json',
  'knip.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

export interface House {
  readonly folder: string;
  remove(): void;
}

/** `files` maps a path to its text; a text without a first comment is given one. */
export function buildHouse(files: Readonly<Record<string, string>>): House {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-house-'));
  for (const name of configuration) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface CheckRun {
  readonly code: number | null;
  readonly output: string;
  /** What one of the checks said; empty when it passed. */
  section(check: string): string;
}

/** Runs the project's check over a house. */
export async function runCheck(
  { folder }: House,
  checks: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<CheckRun> {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(process.execPath, [join(root, 'scripts', 'check.mjs'), ...checks], {
    cwd: folder,
    // The planted failures are not the project's own and must not be counted as such.
    env: { ...process.env, SLUICE_COUNTS_FILE: '', ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    code,
    output,
    section: (check) => output.split(/^--- /m).find((part) => part.startsWith(`${check}\n`)) ?? '',
  };
}
