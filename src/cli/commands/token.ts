/** `sluice token`: make, list and revoke the tokens of the API, in its token file. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import {
  createTokenFile,
  issueToken,
  readTokenFile,
  revokeToken,
  type StoredToken,
} from '../../config/token-file.js';
import { type TokenScope, tokenScopes } from '../../domain/access/scope.js';
import { Failure } from '../../domain/failures.js';
import { namePattern } from '../../domain/names.js';
import type { CliIo } from '../output.js';
import { table } from '../render/paint.js';
import { durationFlag, openSession, type Session } from '../session.js';

interface CreateFlags {
  readonly owner: string;
  readonly scopes: string;
  readonly environments?: string;
  readonly services?: string;
  readonly expiresIn: string;
  readonly file?: string;
}

export function tokenCommand(io: CliIo): Command {
  const token = new Command('token').description('make, list and revoke tokens of the API');
  token
    .command('create')
    .description('make a token; its secret is shown once')
    .requiredOption('--owner <name>', 'who acts with it; stands in the record')
    .requiredOption('--scopes <list>', `of ${tokenScopes.join(', ')}; with commas`)
    .option('--environments <list>', 'only these, with commas; left out: everywhere')
    .option('--services <list>', 'only these, with commas; left out: all, and repositories too')
    .option('--expires-in <duration>', 'how long it is valid', '90d')
    .option('--file <path>', "the API's token file; left out: tokens.json in the data folder")
    .action(async (flags: CreateFlags, command: Command) => {
      const session = openSession(io, command);
      const file = fileOf(session, flags.file);
      const scopes = scopesOf(flags.scopes);
      const environments = namesOf(flags.environments, '--environments', 'an environment');
      const services = namesOf(flags.services, '--services', 'a service');
      const expiresAtMs = io.clock() + durationFlag(flags.expiresIn, '--expires-in');
      await createTokenFile(file);
      const issued = await issueToken(file, {
        ...{ owner: flags.owner, scopes, expiresAtMs },
        ...(environments === null ? {} : { environments }),
        ...(services === null ? {} : { services }),
      });
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
      const rows = tokens.map(({ id, owner, scopes, environments, services, expiresAt }) => [
        id,
        owner,
        scopes.join(','),
        environments?.join(',') ?? 'everywhere',
        services?.join(',') ?? 'all',
        Date.parse(expiresAt) <= io.clock() ? `${expiresAt} (over)` : expiresAt,
      ]);
      const head = ['ID', 'OWNER', 'SCOPES', 'ENVIRONMENTS', 'SERVICES', 'EXPIRES'];
      session.answers.answer({ tokens }, table([head, ...rows]));
    });
  token
    .command('revoke')
    .description('take a token out of the file; the API refuses it within a second')
    .argument('<id>', 'as `sluice token list` shows it')
    .option('--file <path>', "the API's token file; left out: tokens.json in the data folder")
    .action(async (id: string, flags: { readonly file?: string }, command: Command) => {
      const session = openSession(io, command);
      const revoked = withoutHash(await revokeToken(fileOf(session, flags.file), id));
      session.answers.answer({ revoked }, [`The token ${id} of ${revoked.owner} is revoked.`]);
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

function namesOf(text: string | undefined, flag: string, what: string): string[] | null {
  if (text === undefined) return null;
  return listOf(text).map((name) => {
    if (namePattern.test(name)) return name;
    throw new Failure('InvalidInput', `"${name}" is not ${what}`, {
      where: flag,
      seen: name,
      next: `${flag} one,another`,
    });
  });
}
