/** Title and body of an issue's pull request: the template filled with the issue, and what a body must hold. */
import type { Item } from '../repository/shapes.js';
import type { RequiredPart } from './schema.js';

export type IssueContext = Pick<Item, 'number' | 'title' | 'url' | 'labels' | 'body'>;

/** Types of conventional commits by the labels that people use. */
const typeByLabel: readonly (readonly [RegExp, string])[] = [
  [/^(type[:/ -]*)?(bug|fix|regression|defect)\b/, 'fix'],
  [/^(type[:/ -]*)?(doc|documentation)/, 'docs'],
  [/^(type[:/ -]*)?(perf|performance)/, 'perf'],
  [/^(type[:/ -]*)?refactor/, 'refactor'],
  [/^(type[:/ -]*)?test/, 'test'],
  [/^(type[:/ -]*)?(ci|build)\b/, 'ci'],
  [/^(type[:/ -]*)?(chore|dependencies|maintenance)\b/, 'chore'],
];

const conventional =
  /^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([^)]*\))?!?: \S/;

/** @example changeTypeOf(['bug', 'p1']) === 'fix'; changeTypeOf([]) === 'feat' */
export function changeTypeOf(labels: readonly string[]): string {
  for (const [form, type] of typeByLabel) {
    if (labels.some((label) => form.test(label.toLowerCase()))) return type;
  }
  return 'feat';
}

/** @example pullTitleOf({ title: 'Search is slow', labels: ['bug'] }) === 'fix: search is slow' */
export function pullTitleOf({ title, labels }: Pick<Item, 'title' | 'labels'>): string {
  const text = title.replace(/\s+/g, ' ').trim();
  if (conventional.test(text)) return text;
  // A first word in capitals throughout is a name.
  const begin = /^\p{Lu}\p{Ll}/u.test(text) ? text.slice(0, 1).toLowerCase() : text.slice(0, 1);
  return `${changeTypeOf(labels)}: ${begin}${text.slice(1)}`;
}

/** For repositories without a template of their own. */
export const defaultTemplate = `## What and why

{{issue.title}}

Closes #{{issue.number}}

## Type of change

{{change.type}}

## Checklist

{{issue.tasks}}
- [ ] Tests cover the change
- [ ] Documentation says what changed
`;

/**
 * The template with \`{{issue.number}}\`, \`{{issue.title}}\`, \`{{issue.url}}\`, \`{{issue.labels}}\`,
 * \`{{issue.tasks}}\` and \`{{change.type}}\` filled in; a required part that it has no place for is added at its end.
 */
export function pullBodyOf(
  template: string,
  issue: IssueContext,
  required: readonly RequiredPart[],
): string {
  const type = changeTypeOf(issue.labels);
  const values: Readonly<Record<string, string>> = {
    'issue.number': String(issue.number),
    'issue.title': quiet(issue.title.replace(/\s+/g, ' ')),
    'issue.url': issue.url,
    'issue.labels': issue.labels.map(quiet).join(', '),
    'issue.tasks': tasksOf(issue.body),
    'change.type': `- [x] ${type}`,
  };
  const body = template
    .replace(/\{\{\s*([a-z.]+)\s*\}\}/g, (all, name: string) => values[name] ?? all)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  const missing = missingParts(body, issue.number, required);
  return [body, ...missing.map((part) => additions[part](issue.number, type))].join('\n\n');
}

const additions: Readonly<Record<RequiredPart, (number: number, type: string) => string>> = {
  issueLink: (number) => `Closes #${number}`,
  changeType: (_, type) => `## Type of change\n\n- [x] ${type}`,
  checklist: () => '## Checklist\n\n- [ ] Tests cover the change',
};

/** Open tasks of the issue, at most 20: they are the pull request's too. */
function tasksOf(body: string): string {
  return [...body.matchAll(/^[ \t]*[-*] \[ \] (.{1,300})$/gm)]
    .slice(0, 20)
    .map(([, task = '']) => `- [ ] ${quiet(task.trim())}`)
    .join('\n');
}

/** Text of others names nobody, closes nothing and hides nothing here. */
function quiet(text: string): string {
  return text.replace(/<!--|-->/g, '').replace(/([@#])(?=[\w-])/g, '$1\u200B');
}

const types = 'build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test|breaking';

/**
 * Required parts that the body does not hold. Comments and code do not count: a template's hints stand in comments.
 * @example missingParts('Closes #7', 7, ['issueLink', 'checklist']) // ['checklist']
 */
export function missingParts(
  body: string,
  number: number,
  required: readonly RequiredPart[],
): readonly RequiredPart[] {
  const text = body.replace(/<!--[\s\S]*?(?:-->|$)/g, '').replace(/```[\s\S]*?(?:```|$)/g, '');
  const holds: Readonly<Record<RequiredPart, boolean>> = {
    issueLink: new RegExp(`(?:#|/issues/)${number}(?!\\d)`).test(text),
    checklist: /^[ \t]*[-*] \[[ xX]\] \S/m.test(withoutTypes(text)),
    changeType: new RegExp(`^[ \\t]*[-*] \\[[xX]\\] \\W*(?:${types})\\b`, 'mi').test(text),
  };
  return required.filter((part) => !holds[part]);
}

/** The boxes of the types are no checklist. */
function withoutTypes(text: string): string {
  return text.replace(new RegExp(`^[ \\t]*[-*] \\[[ xX]\\] \\W*(?:${types})\\b.*$`, 'gim'), '');
}

/** What to write, for each part. */
export const partHints: Readonly<Record<RequiredPart, (number: number) => string>> = {
  issueLink: (number) => `the issue: write \`Closes #${number}\``,
  checklist: () => 'a checklist: write at least one line `- [ ] …`',
  changeType: () => 'the type of change: tick one, as in `- [x] fix`',
};
