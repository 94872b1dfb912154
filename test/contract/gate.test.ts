/** The gates under the contract. */
import { createHttpGate } from '../../src/adapters/http/http-gate.js';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import { answerStatus, startServer } from '../unit/http/local-server.js';
import { gateContract } from './gate.contract.js';

gateContract('memory', async () => ({
  gate: createMemoryGate((url) => Number(/\/status\/(\d+)$/.exec(url)?.[1])),
  base: 'http://gate.test:8080',
  dispose: async () => {},
}));

gateContract('http', async () => {
  const server = await startServer(answerStatus);
  return { gate: createHttpGate(), base: server.base, dispose: server.close };
});
