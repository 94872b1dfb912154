/** The way to GitHub through the proxy that the environment names, as curl and git go it. */
import { EnvHttpProxyAgent, fetch as send } from 'undici';
import { Failure } from '../../domain/failures.js';

/** What is on this machine is never reached through another one. */
const here = ['localhost', '127.0.0.1', '[::1]'];

/** @returns nothing where no proxy is named. @throws InvalidInput for a proxy's address that is none */
export function proxiedFetch(
  environment: Readonly<Record<string, string | undefined>>,
): typeof fetch | undefined {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name] || '';
  const httpProxy = named('HTTP_PROXY');
  const httpsProxy = named('HTTPS_PROXY');
  const exempt = named('NO_PROXY').trim();
  if ((httpProxy === '' && httpsProxy === '') || exempt === '*') return undefined;
  for (const [name, url] of Object.entries({ HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy })) {
    if (url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))) continue;
    // It may hold a password, so it is not said.
    throw new Failure('InvalidInput', `${name} is no address`, {
      ...{ where: name, limit: 'http://host:port', next: `set ${name} or take it away` },
    });
  }
  const noProxy = [...here, exempt].join(',');
  const dispatcher = new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy });
  // One thing in two editions: Node's own types and those of the package.
  type Sent = Parameters<typeof send>;
  return (async (input: Sent[0], init?: Sent[1]) =>
    await send(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
