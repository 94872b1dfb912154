/** Which URLs are asked at all: decided from the text, before any name is resolved. */
import { isIP } from 'node:net';
import type { WebhookGate } from '../../domain/rollout/strategy.js';
import { type AddressClass, classifyAddress } from './address-rules.js';

export type CheckedUrl =
  | { readonly kind: 'allowed'; readonly url: URL }
  /** Why not; names the host at most, never path, query or credentials. */
  | { readonly kind: 'refused'; readonly reason: string };

/** `example.com` is that host alone, `*.example.com` every host below it and not itself. */
export function isAllowedHost(host: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((entry) => {
    const allowed = entry.toLowerCase();
    if (!allowed.startsWith('*.')) return host === allowed;
    return host.endsWith(allowed.slice(1)) && host.length > allowed.length - 1;
  });
}

/** Public addresses always; this machine and private networks only for gates declared as insecure. */
export function mayCall(address: AddressClass, allowInsecure: boolean): boolean {
  return address === 'public' || (address === 'local' && allowInsecure);
}

export function checkWebhookUrl(gate: WebhookGate): CheckedUrl {
  if (!URL.canParse(gate.url)) return refused('the URL is not valid');
  const url = new URL(gate.url);
  const host = hostOf(url);
  if (url.username !== '' || url.password !== '') {
    return refused(`the URL of ${host} carries credentials`);
  }
  if (url.protocol !== 'https:' && !(gate.allowInsecure && url.protocol === 'http:')) {
    return refused(`${url.protocol.slice(0, -1)} is not https`);
  }
  if (!isAllowedHost(host, gate.allowedHosts)) return refused(`${host} is not an allowed host`);
  // A literal address is never looked up, so it is judged here.
  if (isIP(host) !== 0 && !mayCall(classifyAddress(host), gate.allowInsecure)) {
    return refused(`${host} is not a public address`);
  }
  return { kind: 'allowed', url };
}

/** The host as the URL standard normalises it, an IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function refused(reason: string): CheckedUrl {
  return { kind: 'refused', reason };
}

/** The check's URL at an instance; its path can not lead to another host. */
export function checkSmokeUrl(base: string, path: string): CheckedUrl {
  if (!URL.canParse(base)) return refused('its base URL is not valid');
  const { origin, protocol, hostname } = new URL(base);
  if (protocol !== 'http:' && protocol !== 'https:') return refused('its base URL is not http');
  if (!path.startsWith('/') || !URL.canParse(origin + path))
    return refused('the path is not valid');
  const url = new URL(origin + path);
  const host = hostOf(url);
  if (url.origin !== origin) return refused(`the path leaves ${hostname}`);
  if (isIP(host) !== 0 && classifyAddress(host) === 'never') {
    return refused(`${host} is not an address of an instance`);
  }
  return { kind: 'allowed', url };
}
