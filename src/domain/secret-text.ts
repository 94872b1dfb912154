/** What looks like a secret, wherever it stands in a text: taken out of what is shown, refused in what is kept. */

/** By their own form, whoever wrote them there: tokens of ours, JWTs, tokens of GitHub and Slack, keys of AWS, private keys. */
const shapes: readonly [RegExp, string][] = [
  [/slc_[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*/g, 'slc_[redacted]'],
  [/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, '[redacted JWT]'],
  [/gh[oprsu]_[A-Za-z0-9]{20,}/g, 'gh_[redacted]'],
  [/github_pat_[A-Za-z0-9_]{20,}/g, 'github_pat_[redacted]'],
  [/xox[abpr]-[A-Za-z0-9-]{10,}/g, 'xox-[redacted]'],
  [/AKIA[0-9A-Z]{16}/g, 'AKIA[redacted]'],
  [
    /-----BEGIN(?:(?!-----)[^"]){0,40}KEY-----(?:(?!-----END)[^"])*(?:-----END(?:(?!-----)[^"]){0,40}-----)?/g,
    '[redacted key]',
  ],
];

/** By what stands beside them. */
const places: readonly [RegExp, string][] = [
  [/(Bearer\s+)[^\s"\\]+/gi, '$1[redacted]'],
  [/(:\/\/[^\s/:@"]*:)[^\s/@"]+@/g, '$1[redacted]@'],
];

/** Also of a line of JSON, which stays JSON. */
export function scrubSecrets(text: string): string {
  return [...shapes, ...places].reduce((rest, [form, mask]) => rest.replace(form, mask), text);
}

export function holdsSecret(text: string): boolean {
  return shapes.some(([form]) => text.search(form) >= 0);
}
