/** A reader of server-sent events: one after the other, as a browser would see them. */

export interface ReceivedEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

export interface Events {
  readonly headers: Headers;
  /** The next event; null when the stream has ended. */
  next(): Promise<ReceivedEvent | null>;
  /** Reads to the end. */
  drain(): Promise<void>;
  /** Events read so far. */
  count(): number;
  /** All that was received so far. */
  text(): string;
  close(): void;
}

export async function openEvents(
  url: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
  controller = new AbortController(),
): Promise<Events> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: controller.signal,
  });
  if (!response.ok || response.body === null) {
    throw new Error(`no stream: ${response.status} ${await response.text()}`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let rest = '';
  let count = 0;

  async function next(): Promise<ReceivedEvent | null> {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end >= 0) {
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const event = parse(block);
        if (event === null) continue;
        count += 1;
        return event;
      }
      const { done, value } = await reader.read();
      if (done) return null;
      text += value;
      rest += value;
    }
  }

  return {
    headers: response.headers,
    next,
    async drain() {
      while ((await next()) !== null);
    },
    count: () => count,
    text: () => text,
    close: () => controller.abort(),
  };
}

/** Null for comments and for what only says when to come back. */
function parse(block: string): ReceivedEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data };
}
