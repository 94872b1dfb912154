/** A connection between two processes that a test can cut as a network does: nothing arrives any more, and nobody is told. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpLink {
  /** Where the one side finds the other. */
  readonly port: number;
  /** Connections that are open, or half open during a cut. */
  count(): number;
  /** What was on its way waits; a new connection is taken and hears nothing. */
  cut(): void;
  /** What waited arrives, as after TCP has sent it again. */
  mend(): void;
  close(): void;
}

/** @param targetPort on this machine */
export async function startTcpLink(targetPort: number): Promise<TcpLink> {
  const open = new Set<Socket>();
  const waiting = new Set<Socket>();
  let isCut = false;

  const passOn = (from: Socket, to: Socket) => {
    from.on('data', (portion) => {
      if (!to.write(portion)) from.pause();
    });
    to.on('drain', () => {
      if (!isCut) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroySoon();
    });
    open.add(from);
    if (isCut) from.pause();
  };
  const joinUp = (near: Socket) => {
    waiting.delete(near);
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) socket.setNoDelay();
    passOn(near, far);
    passOn(far, near);
    near.resume();
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (near) => {
    if (!isCut) return joinUp(near);
    waiting.add(near);
    near.on('error', () => near.destroy()).on('close', () => waiting.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => open.size + waiting.size,
    cut() {
      isCut = true;
      for (const socket of open) socket.pause();
    },
    mend() {
      isCut = false;
      for (const socket of open) socket.resume();
      for (const near of waiting) joinUp(near);
    },
    close() {
      server.close();
      for (const socket of [...open, ...waiting]) socket.destroy();
    },
  };
}
