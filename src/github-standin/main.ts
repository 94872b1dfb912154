/** The stand-in's process for the demo: one repository, one token, until it is told to end. */
import { readFileSync } from 'node:fs';
import { startGithubStandin } from './standin.js';

const log = (line: string) => process.stderr.write(`github-standin: ${line}\n`);

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

async function main(): Promise<void> {
  const [owner = '', name = ''] = (
    process.env['SLUICE_GITHUB_STANDIN_REPOSITORY'] ?? 'acme/checkout'
  ).split('/');
  const token = readFileSync(required('SLUICE_GITHUB_STANDIN_TOKEN_FILE'), 'utf8').trim();
  const standin = await startGithubStandin({
    port: Number(process.env['SLUICE_GITHUB_STANDIN_PORT'] ?? 0),
    log,
  });
  const { control } = standin;
  control.createToken(owner, token);
  await control.createRepository({ owner, name, files: demoFiles(name) });
  const hookUrl = process.env['SLUICE_GITHUB_STANDIN_HOOK_URL'] ?? '';
  const secretFile = process.env['SLUICE_GITHUB_STANDIN_HOOK_SECRET_FILE'] ?? '';
  if (hookUrl !== '' && secretFile !== '') {
    const secret = readFileSync(secretFile, 'utf8').trim();
    control.addHook({ owner, name }, { url: hookUrl, secret });
  }
  const end = () => {
    standin.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log(String(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ ready: true, url: standin.url })}\n`);
}

const demoFiles = (name: string) => ({
  'README.md': `# ${name}\n`,
  'CHANGELOG.md': '# Changelog\n\n## Unreleased\n',
});

main().catch((error: unknown) => {
  log(String((error as Error).stack));
  process.exit(1);
});
