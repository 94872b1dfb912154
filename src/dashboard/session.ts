/** Who is signed in: the token stays in this tab, goes into a header and never into a cookie, so no other site can use it. */
import type { Me } from '../api/schemas/me.js';

const slot = 'sluice.token';

export interface Session {
  readonly token: string;
  readonly me: Me;
}

export function keepToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(slot);
  else sessionStorage.setItem(slot, token);
}

export function keptToken(): string | null {
  return sessionStorage.getItem(slot);
}

const scopeOf: Readonly<Record<string, 'approve' | 'operate'>> = {
  approve: 'approve',
  reject: 'approve',
  abort: 'operate',
  retry: 'operate',
  pause: 'operate',
  resume: 'operate',
  promote: 'operate',
  promoteFull: 'operate',
  rollBack: 'operate',
  lock: 'operate',
  unlock: 'operate',
};

/** Whether the API would let this bearer command it there; what it does not know is not offered. */
export function mayCommand(
  { scopes, environments, services }: Me,
  command: string,
  at: { readonly service: string; readonly environment: string | null },
): boolean {
  const scope = scopeOf[command];
  if (scope === undefined) return false;
  const isForService = services === null || services.includes(at.service);
  const [environment] = at.environment?.split('/') ?? [];
  const isForPlace =
    environments === null || environment === undefined || environments.includes(environment);
  return isForService && isForPlace && (scopes.includes(scope) || scopes.includes('admin'));
}
