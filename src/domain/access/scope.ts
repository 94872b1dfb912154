/** What a token may do. */

/** `admin` stands for all of them; `alert` only sends alerts. */
export const tokenScopes = ['read', 'release', 'approve', 'operate', 'alert', 'admin'] as const;
export type TokenScope = (typeof tokenScopes)[number];
