/** Streams of server-sent events, as they are described. */
import { z } from 'zod';

const eventSchema = z
  .object({
    event: z.enum(['snapshot', 'watch', 'problem']),
    id: z.string().optional().meta({ description: 'Of a snapshot: its ETag without the quotes.' }),
    data: z.string().meta({ description: 'JSON: the view, the watch under way, or a problem.' }),
  })
  .meta({
    id: 'ServerEvent',
    description:
      'One of the events of the stream, which is in UTF-8 as the HTML standard writes it.',
    example: { event: 'snapshot', id: '5d41402abc4b2a76b971', data: '{"phase":"Deploying"}' },
  });

export const eventStream = { schema: eventSchema, contentType: 'text/event-stream' } as const;

export const streamText =
  'First `snapshot`, the view as it is now, then one for every change; what comes quicker than it is read is ' +
  'passed over. The id of a snapshot is the ETag of the view: with `Last-Event-ID` the first is left out when ' +
  'nothing has changed. `problem` says that the view cannot be read at the moment.';

export const lastEventId = z.string().optional().meta({
  description: 'Id of the last snapshot that came; browsers send it when they come back.',
  example: '5d41402abc4b2a76b971',
});
