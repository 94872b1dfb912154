/** A connection that hands over what it receives in small portions, so that nobody's burst holds up everybody else. */
import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * Node reads 64 kB and takes all of it apart before it does anything else: hundreds of requests or ten thousand
 * pieces of a body, whoever was to be cut off after the first few of them. A portion is about a millisecond's work.
 */
const portionBytes = 4096;
/** Whoever goes on sending after the last answer is read, and forgotten, for so long: cut off at once he might not hear it. */
const lingerMs = 1000;

/** Copied by the kernel in one go, as large answers are, takes most of a millisecond. */
const largeWriteBytes = 64 * 1024;
const largeWritesATurn = 4;

type Done = (error?: Error | null) => void;

/** Those of all connections, first come first served: readers of large documents keep nobody with a small one waiting. */
class LargeWrites {
  readonly #waiting: (() => void)[] = [];
  #left = largeWritesATurn;

  add(write: () => void): void {
    this.#waiting.push(write);
    if (this.#left > 0) this.#go();
  }

  #go(): void {
    if (this.#left === largeWritesATurn) setImmediate(() => this.#turn());
    const now = this.#waiting.splice(0, this.#left);
    this.#left -= now.length;
    for (const write of now) write();
  }

  #turn(): void {
    this.#left = largeWritesATurn;
    if (this.#waiting.length > 0) this.#go();
  }
}

const largeWrites = new LargeWrites();

/**
 * To be called before anybody else hears of connections: from then on they are portioned. HTTP's server itself is not
 * troubled with one before it has said something, for most of what a connection takes is made by it.
 * @param silentMs one that says nothing for so long is closed
 */
export function portionConnections(server: Server, silentMs: number): void {
  const emit = server.emit.bind(server) as (name: string | symbol, ...given: unknown[]) => boolean;
  const [accept] = server.listeners('connection') as [(socket: Duplex) => void];
  server.off('connection', accept);
  server.emit = (name: string | symbol, ...given: unknown[]): boolean => {
    const [socket] = given;
    if (name !== 'connection' || !(socket instanceof Socket)) return emit(name, ...given);
    const portioned = new PortionedSocket(socket);
    socket.setTimeout(silentMs, () => {
      if (socket.bytesRead === 0) socket.destroy();
    });
    socket.once('data', () => accept.call(server, portioned));
    return emit(name, portioned);
  };
}

/** What HTTP's server needs of a socket: a duplex stream with a time-out and an address. */
export class PortionedSocket extends Duplex {
  readonly #socket: Socket;
  #held: Buffer | null = null;
  #hasEnded = false;
  #isWanted = false;
  /** One portion a turn of the event loop. */
  #isResting = false;
  #isLeaving = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true, readableHighWaterMark: portionBytes });
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      if (this.#isLeaving) return;
      socket.pause();
      this.#held = bytes;
      this.#handOver();
    });
    socket.once('end', () => {
      this.#hasEnded = true;
      if (this.#isLeaving) this.destroy();
      else this.#handOver();
    });
    socket.on('timeout', () => this.emit('timeout'));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  setTimeout(ms: number, callback?: () => void): this {
    this.#socket.setTimeout(ms);
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  /** Called by HTTP's server once the last answer is written. */
  destroySoon(): void {
    this.#isLeaving = true;
    this.#held = null;
    if (this.#hasEnded) return void this.end(() => this.destroy());
    this.end();
    this.#socket.resume();
    setTimeout(() => this.destroy(), lingerMs).unref();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#handOver();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this._writev([{ chunk: bytes }], done);
  }

  override _writev(parts: readonly { readonly chunk: Buffer }[], done: Done): void {
    const bytes = parts.reduce((sum, { chunk }) => sum + chunk.length, 0);
    const write = (): void => {
      this.#socket.cork();
      for (const [at, { chunk }] of parts.entries()) {
        this.#socket.write(chunk, at === parts.length - 1 ? done : undefined);
      }
      this.#socket.uncork();
    };
    if (bytes > largeWriteBytes) largeWrites.add(write);
    else write();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#held = null;
    this.#socket.destroy();
    done(error);
  }

  #handOver(): void {
    if (!this.#isWanted || this.#isResting || this.destroyed || this.#isLeaving) return;
    if (this.#held === null) {
      if (this.#hasEnded) this.push(null);
      else this.#socket.resume();
      return;
    }
    const portion = this.#held.subarray(0, portionBytes);
    this.#held = portion.length < this.#held.length ? this.#held.subarray(portion.length) : null;
    this.#isWanted = false;
    if (this.#held !== null) {
      this.#isResting = true;
      setImmediate(() => {
        this.#isResting = false;
        this.#handOver();
      });
    }
    this.push(portion);
  }
}
