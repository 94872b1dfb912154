/** Names of refs that git itself takes: never a pattern, never an option. */

const bad = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$/u;

export function isRefName(ref: string): boolean {
  return /^refs\/[^/.]/.test(ref) && !bad.test(ref);
}
