/** Streams of server-sent events, as they are described. */
import { z } from 'zod';

export const eventStream = {
  schema: z.string().meta({
    id: 'EventStream',
    description: 'Server-sent events in UTF-8, as the HTML standard writes them.',
    example:
      'retry: 2400\n\nid: 5d41402abc4b2a76b971\nevent: snapshot\ndata: {"phase":"Deploying"}\n',
  }),
  contentType: 'text/event-stream',
} as const;

export const streamText =
  'First `snapshot`, the view as it is now, then one for every change; what comes quicker than it is read is ' +
  'passed over. The id of a snapshot is the ETag of the view: with `Last-Event-ID` the first is left out when ' +
  'nothing has changed. `problem` says that the view cannot be read at the moment.';

export const lastEventId = z.string().max(80).optional().meta({
  description: 'Id of the last snapshot that came; browsers send it when they come back.',
  example: '5d41402abc4b2a76b971',
});
