/** What a token may do. */

/** `admin` stands for all of them; `alert` only sends alerts, `decode` only reads encrypted payloads. */
export const tokenScopes = [
  ...(['read', 'release', 'approve', 'operate', 'alert', 'decode', 'admin'] as const),
] as const;
export type TokenScope = (typeof tokenScopes)[number];
