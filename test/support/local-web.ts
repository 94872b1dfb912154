/** A web that reaches private networks, for tests against servers on this machine. */
import { createGuardedWeb } from '../../src/adapters/http/guarded-web.js';
import type { Web } from '../../src/ports/web.js';

export function localWeb(): Web {
  const networks = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
  return createGuardedWeb({ networks, maxBodyBytes: 16 * 1024 * 1024 });
}
