/** `sluice token`: make and list the tokens of the API, in its token file. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import {
  createTokenFile,
  issueToken,
  readTokenFile,
  type StoredToken,
  type TokenScope,
  tokenScopes,
} from '../../config/token-file.js';
import { Failure } from '../../domain/failures.js';
import { namePattern } from '../../domain/names.js';
import type { CliIo } from '../output.js';
import { table } from '../render/paint.js';
import { durationFlag, openSession, type Session } from '../session.js';

interface CreateFlags {
  readonly owner: string;
  readonly scopes: string;
  readonly environments?: string;
  readonly expiresIn: string;
  readonly file?: string;
}

export function tokenCommand(io: CliIo): Command {
  const token = new Command('token').description('make and list tokens of the API');
  token
    .command('create')
    .description('make a token; its secret is shown once')
    .requiredOption('--owner <name>', 'who acts with it; stands in the record')
    .requiredOption('--scopes <list>', `of ${tokenScopes.join(', ')}; with commas`)
    .option('--environments <list>', 'only these, with commas; left out: everywhere')
    .option('--expires-in <duration>', 'how long it is valid', '90d')
    .option('--file <path>', "the API's token file; left out: tokens.json in the data folder")
    .action(async (flags: CreateFlags, command: Command) => {
      const session = openSession(io, command);
      const file = fileOf(session, flags.file);
      const scopes = scopesOf(flags.scopes);
      const environments = environmentsOf(flags.environments);
      const expiresAtMs = io.clock() + durationFlag(flags.expiresIn, '--expires-in');
      await createTokenFile(file);
      const grant = { owner: flags.owner, scopes, expiresAtMs };
      const issued = await issueToken(file, environments ? { ...grant, environments } : grant);
      const token = withoutHash(issued.token);
      session.answers.answer({ ...token, secret: issued.secret }, [
        issued.secret,
        `It is shown only now. Valid until ${token.expiresAt} for ${scopes.join(', ')}.`,
      ]);
    });
  token
    .command('list')
    .description('list tokens, without their secrets')
    .option('--file <path>', "the API's token file; left out: tokens.json in the data folder")
    .action(async (flags: { readonly file?: string }, command: Command) => {
      const session = openSession(io, command);
      const tokens = (await readTokenFile(fileOf(session, flags.file))).map(withoutHash);
      const rows = tokens.map(({ id, owner, scopes, environments, expiresAt }) => [
        id,
        owner,
        scopes.join(','),
        environments?.join(',') ?? 'everywhere',
        expiresAt,
      ]);
      const head = ['ID', 'OWNER', 'SCOPES', 'ENVIRONMENTS', 'EXPIRES'];
      session.answers.answer({ tokens }, table([head, ...rows]));
    });
  return token;
}

function withoutHash(token: StoredToken): Omit<StoredToken, 'sha256'> {
  const { sha256: _, ...rest } = token;
  return rest;
}

function fileOf({ io, dataDir }: Session, file: string | undefined): string {
  return file === undefined
    ? io.env.SLUICE_TOKENS_FILE || join(dataDir, 'tokens.json')
    : resolve(file);
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function scopesOf(text: string): TokenScope[] {
  return listOf(text).map((name) => {
    const scope = tokenScopes.find((each) => each === name);
    if (scope !== undefined) return scope;
    throw new Failure('InvalidInput', `"${name}" is not a scope`, {
      where: '--scopes',
      seen: name,
      limit: tokenScopes.join(', '),
      next: '--scopes read,release',
    });
  });
}

function environmentsOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  return listOf(text).map((name) => {
    if (namePattern.test(name)) return name;
    throw new Failure('InvalidInput', `"${name}" is not an environment`, {
      where: '--environments',
      seen: name,
      next: '--environments staging,production',
    });
  });
}
