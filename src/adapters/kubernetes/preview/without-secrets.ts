/** Leaves out of a value what may be a secret: plans are printed, and kept in histories. */

const hidden = '(not shown)';
const secretive = /pass(word|wd|phrase)?$|secret|token|credential|private|api[-_]?key|dsn$|auth$/i;
/** Fields that name a Secret and hold nothing of it. */
const references = new Set(['secretName', 'secret', 'secretKeyRef', 'secretRef']);
/** `--password=…`, `token: …`, and the password in an address. */
const inText = [
  /((?:pass(?:word|wd|phrase)?|secret|token|credentials?|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
  /(\/\/[^/@\s:"]*:)[^/@\s"]+(?=@)/g,
];

/** @param names of the fields and entries that lead to it, outermost first */
export function withoutSecrets(value: unknown, names: readonly string[]): unknown {
  if (typeof value === 'string') return isSecret(names) ? hidden : cleaned(value);
  if (Array.isArray(value)) {
    return value.map((one: { name?: unknown } | null) => {
      const { name } = one ?? {};
      return withoutSecrets(one, typeof name === 'string' ? [...names, name] : names);
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner, [...names, name])]),
  );
}

/** A field of such a name, or the value of a variable of such a name. */
function isSecret(names: readonly string[]): boolean {
  const [field = '', owner = ''] = names.slice(-2).reverse();
  if (field === 'name' || references.has(owner) || references.has(field)) return false;
  return secretive.test(field) || (field === 'value' && secretive.test(owner));
}

function cleaned(text: string): string {
  return inText.reduce((kept, pattern) => kept.replace(pattern, `$1${hidden}`), text);
}
