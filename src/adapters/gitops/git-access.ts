/** Who we are at a repository: credentials travel in git's environment alone, never in an address or an argument. */

export interface RepositoryOptions {
  /** Absolute path, `https://…`, `ssh://…` or `user@host:path`; without a credential in it. */
  readonly url: string;
  readonly branch: string;
  /** Value of the header `Authorization` for http; asked for at every use, so that it may be renewed. */
  readonly authorization?: () => Promise<string>;
  /** Private key for ssh; default: what ssh finds. */
  readonly keyFile?: string;
}

/** Variables for a git command that talks to the repository. */
export async function accessOf(repository: RepositoryOptions): Promise<Record<string, string>> {
  const { url, authorization, keyFile } = repository;
  // It must fail rather than ask, and an unknown host is for people to accept.
  const ssh = 'ssh -o BatchMode=yes -o ConnectTimeout=3';
  const key =
    keyFile === undefined ? '' : ` -o IdentitiesOnly=yes -i '${keyFile.replaceAll("'", `'\\''`)}'`;
  if (authorization === undefined) return { GIT_SSH_COMMAND: `${ssh}${key}` };
  const settings: readonly (readonly [string, string])[] = [
    [`http.${new URL(url).origin}/.extraHeader`, `Authorization: ${await authorization()}`],
    // Whoever is redirected to must not see it.
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
  ];
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], n) => [
        [`GIT_CONFIG_KEY_${n}`, key],
        [`GIT_CONFIG_VALUE_${n}`, value],
      ]),
    ),
  };
}
