/** What a reader of one kind of payload finds. */
import type { RepositoryEvent } from './event.js';

type Found<Event> = Event extends unknown
  ? Omit<Event, 'repository' | 'actor' | 'delivery' | 'atMs'> & {
      /** Null where the payload tells no time. */
      readonly atMs: number | null;
    }
  : never;

/** Null where the payload lacks what makes it that event. */
export type Reading<Event = RepositoryEvent> = Found<Event> | null;
