/** What is wrong with a header, whether it stands as a title or in a commit. */
import { parseCommit } from '../commit/parse.js';
import { type Finding, inCode } from './facts.js';

export interface HeaderRules {
  readonly types: readonly string[];
  readonly maxLength: number;
  /** None: any. */
  readonly scopes?: readonly string[];
  readonly requireScope?: boolean;
  readonly subjectPattern?: string | undefined;
}

/** @param where what carries it, to begin a sentence with: `the title` */
export function headerFindings(
  message: string,
  where: string,
  rules: HeaderRules,
): readonly Finding[] {
  const commit = parseCommit(message);
  const { header } = commit;
  const seen = `${where} ${inCode(header)}`;
  if (commit.kind === 'revert' || commit.kind === 'merge') return [];
  if (commit.kind === 'autosquash') {
    const fix = 'Fold it into its commit: `git rebase --interactive --autosquash`.';
    return [{ says: `${seen} waits to be folded into another`, fix }];
  }
  if (commit.kind === 'free') {
    const fix = `Write \`type(scope): description\` with one of ${rules.types.join(', ')}.`;
    return [{ says: `${seen}: ${commit.fault}`, fix }];
  }
  const findings: Finding[] = [];
  const { type, scope, description } = commit;
  if (!rules.types.includes(type)) {
    const fix = `Use one of ${rules.types.join(', ')}.`;
    findings.push({ says: `${seen} has the type ${inCode(type)}, which is not known here`, fix });
  }
  findings.push(...scopeFindings(scope, seen, rules));
  if (
    rules.subjectPattern !== undefined &&
    !new RegExp(rules.subjectPattern, 'u').test(description)
  ) {
    const fix = `Write a description that matches ${inCode(rules.subjectPattern)}.`;
    findings.push({ says: `the description of ${seen} is not of the form wanted here`, fix });
  }
  if (description.endsWith('.') && !description.endsWith('...')) {
    findings.push({ says: `${seen} ends with a full stop`, fix: 'Leave the full stop out.' });
  }
  if (header.length > rules.maxLength) {
    const says = `${seen} has ${header.length} characters, ${rules.maxLength} at most`;
    findings.push({ says, fix: 'Shorten it, and tell the rest in the body.' });
  }
  for (const fault of commit.faults) {
    findings.push({ says: `in ${seen} ${fault}`, fix: 'Put a blank line after the first line.' });
  }
  return findings;
}

function scopeFindings(
  scope: string | null,
  seen: string,
  { scopes = [], requireScope = false }: HeaderRules,
): readonly Finding[] {
  const known = scopes.length > 0 ? `one of ${scopes.join(', ')}` : 'what part it changes';
  if (scope === null) {
    if (!requireScope) return [];
    return [{ says: `${seen} has no scope`, fix: `Name ${known}: \`type(scope): description\`.` }];
  }
  const folded = scopes.map((each) => each.toLowerCase());
  const unknown = scope
    .split(',')
    .map((each) => each.trim())
    .filter((each) => scopes.length > 0 && !folded.includes(each.toLowerCase()));
  if (unknown.length === 0) return [];
  const says = `${seen} has the scope ${inCode(unknown.join(', '))}, which is not known here`;
  return [{ says, fix: `Use ${known}.` }];
}
