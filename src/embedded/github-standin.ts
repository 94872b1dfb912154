/** A GitHub for the embedded stack: its keys, its process, and the configuration by which the others find it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { loadProject } from '../config/project.js';
import { Failure } from '../domain/failures.js';

export interface GithubStandinPlan {
  readonly url: string;
  /** `sluice.yaml` with a section `github` that leads to it. */
  readonly configPath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Of the App that Sluice is there. */
const appId = 4711;

/**
 * Writes what the stand-in and its clients need into the data directory.
 * @throws Conflict when the configuration names a GitHub already
 */
export async function prepareGithubStandin(options: {
  readonly dataDir: string;
  readonly configPath: string;
  readonly port: number;
  readonly apiUrl: string;
}): Promise<GithubStandinPlan> {
  const folder = join(options.dataDir, 'github-standin');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = await ensureKeys(folder);
  const url = `http://127.0.0.1:${options.port}`;
  const project = await loadProject(options.configPath);
  const document = parseDocument(await readFile(project.file, 'utf8'));
  if (project.github !== undefined) {
    throw new Failure('Conflict', 'the configuration names a GitHub already', {
      where: project.file,
      next: 'take its section github away, or start without --github-standin',
    });
  }
  document.set('github', {
    url,
    app: { id: appId, privateKey: { file: keys.privateKeyFile } },
    webhookSecrets: [{ file: keys.secretFile }],
  });
  // Folders are told from where the original lies.
  for (const [name, { workload }] of Object.entries(project.services)) {
    const directory = resolve(dirname(project.file), workload.directory);
    document.setIn(['services', name, 'workload', 'directory'], directory);
  }
  const configPath = join(folder, 'sluice.yaml');
  await writeFile(configPath, document.toString(), { mode: 0o600 });
  const repositories = Object.values(project.services).flatMap(
    ({ repository }) => repository ?? [],
  );
  return {
    url,
    configPath,
    env: {
      SLUICE_GITHUB_STANDIN_PORT: String(options.port),
      SLUICE_GITHUB_STANDIN_REPOSITORIES: [...new Set(repositories)].join(','),
      SLUICE_GITHUB_STANDIN_APP_ID: String(appId),
      SLUICE_GITHUB_STANDIN_PUBLIC_KEY_FILE: keys.publicKeyFile,
      SLUICE_GITHUB_STANDIN_TOKEN_FILE: keys.tokenFile,
      SLUICE_GITHUB_STANDIN_HOOK_URL: `${options.apiUrl}/v1/webhooks/github`,
      SLUICE_GITHUB_STANDIN_HOOK_SECRET_FILE: keys.secretFile,
    },
  };
}

/** Made once; only their owner reads them. */
async function ensureKeys(folder: string) {
  const files = {
    privateKeyFile: join(folder, 'app.private-key.pem'),
    publicKeyFile: join(folder, 'app.public-key.pem'),
    secretFile: join(folder, 'webhook.secret'),
    tokenFile: join(folder, 'user.token'),
  };
  if ((await readFile(files.tokenFile, 'utf8').catch(() => '')) !== '') return files;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const write = (file: string, text: string) => writeFile(file, text, { mode: 0o600 });
  await write(files.privateKeyFile, privateKey);
  await write(files.publicKeyFile, publicKey);
  await write(files.secretFile, `${randomBytes(32).toString('hex')}\n`);
  // Last: with it the others are there too.
  await write(files.tokenFile, `ghp_${randomBytes(18).toString('hex')}\n`);
  return files;
}
