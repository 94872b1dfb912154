/** However many watch one release or read large documents: in between, others are answered. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { defaultLimits } from '../../../src/api/limits.js';
import { PortionedSocket } from '../../../src/api/portioned-socket.js';
import { shareViews } from '../../../src/api/shared-views.js';
import { readTargetQuery } from '../../../src/workflows/target-messages.js';
import { cannedTemporal } from '../../support/canned-temporal.js';

describe('watchers of one workflow', () => {
  it('are woken ten a turn of the event loop, and all of them', async () => {
    const watchers = 45;
    const limits = { ...defaultLimits, watches: { perToken: watchers, inAll: watchers } };
    const views = shareViews({ client: cannedTemporal(), limits });
    let told = 0;
    const watching = Array.from({ length: watchers }, async () => {
      const watch = views.watch(
        { workflowId: 'target:checkout:staging', query: readTargetQuery },
        { tokenId: 't', signal: new AbortController().signal },
      );
      await watch.next();
      told += 1;
      return watch;
    });
    const all = Promise.all(watching);
    let isOver = false;
    void all
      .catch(() => {})
      .finally(() => {
        isOver = true;
      });
    const byTurn: number[] = [];
    for (let before = told; !isOver; before = told) {
      await turn();
      if (told > before) byTurn.push(told - before);
    }
    // The first begins the look that the others are not content with.
    const open = await all;
    assert.deepEqual(byTurn, [1, 10, 10, 10, 10, 4]);
    for (const watch of open) await watch.return();
  });
});

describe('large answers', () => {
  const large = Buffer.alloc(64 * 1024 + 1);
  const written: string[] = [];

  /** One that takes all it is given, and says so. */
  function connection(name: string): PortionedSocket {
    const socket = new Socket();
    socket.write = ((bytes: Buffer, done?: (error?: Error) => void) => {
      written.push(bytes.length > 1 ? name : `${name}, small`);
      done?.();
      return true;
    }) as Socket['write'];
    return new PortionedSocket(socket);
  }

  it('are written four a turn, first come first served, and small ones at once', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    for (const name of names) connection(name).write(large);
    connection('z').write(Buffer.alloc(1));
    assert.deepEqual(written.splice(0), ['a', 'b', 'c', 'd', 'z, small']);
    await turn();
    assert.deepEqual(written.splice(0), ['e', 'f', 'g', 'h']);
    connection('k').write(large);
    assert.deepEqual(written, []);
    await turn();
    assert.deepEqual(written.splice(0), ['i', 'j', 'k']);
    await turn();
    connection('l').write(large);
    assert.deepEqual(written, ['l']);
  });
});
