/** Server-sent events cut out of the text that has come so far: what the command line and the dashboard read alike. */

/** The HTML standard, 9.2.6, as far as the API uses it: one line of data. */
export interface StreamedEvent {
  /** Null: a heartbeat, or the like. */
  readonly event: string | null;
  readonly id: string | null;
  readonly data: string;
}

/** @returns whole events, and the text that belongs to the next one */
export function cutEvents(text: string): {
  readonly events: readonly StreamedEvent[];
  readonly rest: string;
} {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  return { events: blocks.map(eventOf), rest };
}

function eventOf(block: string): StreamedEvent {
  const field = (name: string): string | null => {
    const line = block.split('\n').find((each) => each.startsWith(`${name}: `));
    return line?.slice(name.length + 2) ?? null;
  };
  return { event: field('event'), id: field('id'), data: field('data') ?? '' };
}
