/** Fills a target's names into a text of the configuration. */
import type { TargetKey } from '../../domain/names.js';

/** `{service}-{environment}` becomes `checkout-production`; a missing region leaves nothing. */
export function place(text: string, { service, environment, region = '' }: TargetKey): string {
  const parts: Readonly<Record<string, string>> = { service, environment, region };
  return text.replace(/\{(service|environment|region)\}/g, (_, name: string) => parts[name] ?? '');
}
