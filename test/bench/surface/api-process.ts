/** The API of the benchmark by itself; limits per token are out of the way, because all of its load comes by two. */
import { Client, Connection } from '@temporalio/client';
import { createHmacTickets } from '../../../src/adapters/tickets/hmac-ticket.js';
import { defaultLimits } from '../../../src/api/limits.js';
import { serveApi } from '../../support/api-under-test.js';
import { answerCalls } from '../child.js';
import { resolvePipeline, ticketKey } from './pipelines.js';

const limits = { ...defaultLimits, perMinute: { read: 1e9, write: 1e9, rescue: 1e9 } };

async function start({ address }: { readonly address: string }) {
  const connection = await Connection.connect({ address });
  const api = await serveApi(new Client({ connection }), {
    ...{ resolvePipeline, limits },
    tickets: createHmacTickets({ key: ticketKey, clock: Date.now }),
    tokens: {
      identify: async (owner) => ({
        ...{ tokenId: owner, owner, scopes: ['admin'] },
        ...{ environments: null, services: null },
      }),
    },
  });
  return {
    url: () => api.url,
    async stop() {
      await api.stop();
      await connection.close();
    },
  };
}

answerCalls(start);
