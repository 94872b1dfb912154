/** GitHub's published GraphQL schema, made executable once for the process. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildSchema, type GraphQLSchema } from 'graphql';

let built: Promise<GraphQLSchema> | null = null;

/** A megabyte of text: read when the first query comes. */
export function githubSchema(): Promise<GraphQLSchema> {
  built ??= (async () => {
    const file = fileURLToPath(
      new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema')),
    );
    const text = await readFile(file, 'utf8');
    return buildSchema(text, { assumeValid: true, assumeValidSDL: true });
  })();
  return built;
}
