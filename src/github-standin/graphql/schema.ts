/** GitHub's published GraphQL schema, made executable once for the process. */
import { buildSchema, type GraphQLSchema } from 'graphql';

let built: Promise<GraphQLSchema> | null = null;

/** A megabyte of text: read when the first query comes. */
export function githubSchema(): Promise<GraphQLSchema> {
  built ??= (async () => {
    const { schema } = await import('@octokit/graphql-schema');
    return buildSchema(schema.idl, { assumeValid: true, assumeValidSDL: true });
  })();
  return built;
}
