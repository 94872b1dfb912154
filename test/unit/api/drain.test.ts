/** The end of a server: who is being answered is, who comes in time is told to go, and nobody holds it up. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Serving, serve } from '../../../src/api/server.js';

const head = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the end of a server', () => {
  let serving: Serving;
  let answer: () => void = () => {};
  const opened: Socket[] = [];
  beforeEach(async () => {
    serving = await serve(
      (request, response) => {
        answer = () => response.end('done');
        if (request.headers['x-wait'] === undefined) answer();
      },
      { host: '127.0.0.1', port: 0 },
    );
  });
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  async function open() {
    const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
    opened.push(socket);
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await once(socket, 'connect');
    const heard = async (words: RegExp) => {
      while (!words.test(text)) await once(socket, 'data');
      return text;
    };
    return { socket, heard, closed: once(socket, 'close') };
  }

  it('does not wait for connections that are kept, before or after their last answer', async () => {
    const [idle, busy] = [await open(), await open()];
    idle.socket.write(head);
    await idle.heard(/done$/);
    busy.socket.write(head.replace('\r\n\r\n', '\r\nX-Wait: 1\r\n\r\n'));
    const silent = await open();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAtMs = performance.now();
    const stopped = serving.stop({ lingerMs: 0, drainMs: 5000 });
    answer();
    assert.match(await busy.heard(/done$/), /^Connection: close$/im);
    await Promise.all([stopped, idle.closed, busy.closed, silent.closed]);
    assert.ok(performance.now() - startedAtMs < 2500);
  });

  it('answers for a while whoever has not heard, on kept connections and on new ones', async () => {
    const kept = await open();
    kept.socket.write(head);
    assert.match(await kept.heard(/done$/), /^Connection: keep-alive$/im);
    const stopped = serving.stop({ lingerMs: 600, drainMs: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    kept.socket.write(head);
    assert.match(await kept.heard(/done[^]+done$/), /^Connection: close$/im);
    const late = await open();
    late.socket.write(head);
    assert.match(await late.heard(/done$/), /^Connection: close$/im);
    await stopped;
  });

  it('cuts off what takes longer than there is time', async () => {
    const { socket, closed } = await open();
    socket.write(head.replace('\r\n\r\n', '\r\nX-Wait: 1\r\n\r\n'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([serving.stop({ lingerMs: 0, drainMs: 200 }), closed]);
  });
});
