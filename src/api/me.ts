/** Who asks, over HTTP: what a token may do, for those who show only what will be let through. */
import { defineOperation } from './operation.js';
import { type Me, meSchema } from './schemas/me.js';
import { noQuery } from './schemas/names.js';

export const meOperations = [
  defineOperation({
    id: 'getMe',
    method: 'get',
    path: '/v1/me',
    tag: 'tokens',
    summary: 'Say what the token may do',
    scope: 'read',
    lane: 'read',
    narrows: true,
    params: noQuery,
    query: noQuery,
    body: null,
    success: { status: 200, description: 'The bearer of the token.', schema: meSchema },
    failures: [],
    async handle({ bearer: { owner, scopes, environments, services } }, { temporalUiUrl }) {
      const body: Me = {
        ...{ owner, temporalUiUrl, scopes: [...scopes] },
        environments: environments && [...environments],
        services: services && [...services],
      };
      return { body };
    },
  }),
];
