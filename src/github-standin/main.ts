/** The stand-in's process for the demo: repositories, an App, a person's token, until it is told to end. */
import { readFileSync } from 'node:fs';
import { loadStandinConfig } from './config.js';
import { startGithubStandin } from './standin.js';

const log = (line: string) => process.stderr.write(`github-standin: ${line}\n`);

async function main(): Promise<void> {
  const config = loadStandinConfig(process.env);
  const read = (file: string) => readFileSync(file, 'utf8').trim();
  const standin = await startGithubStandin({ port: config.port, log });
  const { control } = standin;
  const [first] = config.repositories;
  control.createToken(first.owner, read(config.tokenFile));
  for (const { owner, name } of config.repositories) {
    await control.createRepository({ owner, name, files: firstFiles(name), isOrganization: true });
  }
  const secret = read(config.hook.secretFile);
  const { app } = control.createApp({
    id: config.app.id,
    publicKey: read(config.app.publicKeyFile),
    owner: first.owner,
    hook: { url: config.hook.url, secret },
  });
  for (const { owner } of config.repositories) control.install(app, owner);

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

const firstFiles = (name: string) => ({
  'README.md': `# ${name}\n`,
  'CHANGELOG.md': '# Changelog\n\n## Unreleased\n',
});

main().catch((error: unknown) => {
  log(String((error as Error).stack));
  process.exit(1);
});
