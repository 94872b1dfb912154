/** How the stand-in's process is told where to listen, what to hold and whom to tell. */
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import { parseRepository, type RepositoryKey } from '../domain/repository/names.js';

const file = z.string().min(1);

const schema = z.object({
  SLUICE_GITHUB_STANDIN_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  SLUICE_GITHUB_STANDIN_REPOSITORIES: z.string().default(''),
  SLUICE_GITHUB_STANDIN_APP_ID: z.coerce.number().int().min(1),
  SLUICE_GITHUB_STANDIN_PUBLIC_KEY_FILE: file,
  SLUICE_GITHUB_STANDIN_TOKEN_FILE: file,
  SLUICE_GITHUB_STANDIN_HOOK_URL: z.url(),
  SLUICE_GITHUB_STANDIN_HOOK_SECRET_FILE: file,
});

export interface StandinConfig {
  readonly port: number;
  readonly repositories: readonly [RepositoryKey, ...RepositoryKey[]];
  readonly app: { readonly id: number; readonly publicKeyFile: string };
  readonly tokenFile: string;
  readonly hook: { readonly url: string; readonly secretFile: string };
}

/** @throws InvalidInput naming every variable that is wrong */
export function loadStandinConfig(
  env: Readonly<Record<string, string | undefined>>,
): StandinConfig {
  const { success, data, error } = schema.safeParse(env);
  if (!success) {
    const said = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Failure('InvalidInput', said.join('; '));
  }
  const [first = 'acme/checkout', ...more] = data.SLUICE_GITHUB_STANDIN_REPOSITORIES.split(
    ',',
  ).filter((path) => path !== '');
  return {
    port: data.SLUICE_GITHUB_STANDIN_PORT,
    repositories: [parseRepository(first), ...more.map(parseRepository)],
    app: {
      id: data.SLUICE_GITHUB_STANDIN_APP_ID,
      publicKeyFile: data.SLUICE_GITHUB_STANDIN_PUBLIC_KEY_FILE,
    },
    tokenFile: data.SLUICE_GITHUB_STANDIN_TOKEN_FILE,
    hook: {
      url: data.SLUICE_GITHUB_STANDIN_HOOK_URL,
      secretFile: data.SLUICE_GITHUB_STANDIN_HOOK_SECRET_FILE,
    },
  };
}
