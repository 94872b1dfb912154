/** HTTP as it is written, byte by byte: for what no client would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

type Part = string | Buffer;

/** Connected; what goes wrong later shows in what comes back. */
export async function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** All that came back until the headers of an answer were there, or the connection was cut. */
export function writeRaw(url: string, parts: readonly Part[]): Promise<string> {
  return exchange(url, parts, (answer) => answer.includes('\r\n\r\n'));
}

/** All that came back until the connection was cut, or `most` answers were there. */
export function writeRawUntilCut(
  url: string,
  parts: readonly Part[],
  most: number,
): Promise<string> {
  return exchange(url, parts, (answer) => statusesIn(answer).length >= most);
}

export function statusesIn(answer: string): readonly number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function exchange(
  url: string,
  parts: readonly Part[],
  isEnough: (answer: string) => boolean,
): Promise<string> {
  const socket = await openRaw(url);
  let answer = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (isEnough(answer)) resolve();
    });
    // The server may hang up while we still write: what it said before is what counts.
    socket.once('close', () => resolve());
    for (const part of parts) socket.write(part);
  });
  socket.destroy();
  return answer;
}
