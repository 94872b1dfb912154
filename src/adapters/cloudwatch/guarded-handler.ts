/** Sends what the AWS client asks through the guarded web, so that the same limits hold for it. */
import { Readable } from 'node:stream';
import type { CloudWatchClientConfig } from '@aws-sdk/client-cloudwatch';
import type { Asked } from '../../domain/series/asked.js';
import type { Web } from '../../ports/web.js';

type Handler = NonNullable<CloudWatchClientConfig['requestHandler']>;

/** As the client hands it over. */
interface Request {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** @param whose what the failures of a request say; the client hands its options of `send` on */
export function guardedHandler(web: Web, whose: (options: unknown) => Asked): Handler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: Request, options: unknown) {
      const answer = await web.send(
        {
          url: urlOf(request),
          method: request.method === 'GET' ? 'GET' : 'POST',
          headers: withoutHost(request.headers),
          ...(request.body === undefined ? {} : { body: textOf(request.body) }),
        },
        whose(options),
      );
      const response = {
        statusCode: answer.status,
        headers: { ...answer.headers },
        body: Readable.from([Buffer.from(answer.text)]),
      };
      return { response };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

function urlOf({ protocol, hostname, port, path }: Request): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}

/** These two are what the connection makes of them. */
function withoutHost(headers: Request['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(?:host|content-length)$/i.test(name)),
  );
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array);
}
