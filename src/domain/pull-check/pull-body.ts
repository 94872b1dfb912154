/** The description of a new pull request: the repository's template, or ours, filled with what its issue says. */

export interface PullBodyContext {
  readonly issue: {
    readonly number: number;
    readonly title: string;
    readonly body: string;
    readonly url: string;
  };
  readonly branch: string;
  /** A type of Conventional Commits; ticked under "Change type". */
  readonly changeType: string;
}

const kinds = [
  ['feat', 'a feature'],
  ['fix', 'a fix'],
  ['perf', 'faster or smaller'],
  ['refactor', 'the same in better form'],
  ['docs', 'documentation'],
  ['test', 'tests'],
  ['chore', 'build, dependencies, upkeep'],
] as const;

const checklist = [
  'Tests show that it works',
  'Users are told in the changelog, or notice nothing',
  'Documentation says what is true now',
] as const;

const usualTemplate = `## Summary

{{issue.title}}

{{issue.context}}

{{issue.link}}

## Change type

{{change.types}}

## Checklist

{{checklist}}
`;

/** Where a repository's own template is looked for, first one first. */
export const templatePaths = [
  '.github/pull_request_template.md',
  '.github/PULL_REQUEST_TEMPLATE.md',
  'pull_request_template.md',
  'PULL_REQUEST_TEMPLATE.md',
  'docs/pull_request_template.md',
] as const;

/**
 * Fields: `{{issue.number}}`, `{{issue.title}}`, `{{issue.url}}`, `{{issue.context}}`, `{{issue.link}}`, `{{branch}}`,
 * `{{change.type}}`, `{{change.types}}`, `{{checklist}}`. One unknown here stays as it is. The link to the issue is
 * added where the template has no place for it, since it is what closes the issue.
 * @param template of the repository; null for ours
 */
export function renderPullBody(template: string | null, context: PullBodyContext): string {
  const { issue, branch, changeType } = context;
  const link = `Closes #${issue.number}`;
  const fields: Readonly<Record<string, string>> = {
    'issue.number': String(issue.number),
    'issue.title': harmless(issue.title),
    'issue.url': issue.url,
    'issue.context': contextOf(issue.body),
    'issue.link': link,
    branch: harmless(branch),
    'change.type': changeType,
    'change.types': typeList(changeType),
    checklist: checklist.map((task) => `- [ ] ${task}`).join('\n'),
  };
  const text = (template ?? usualTemplate).replace(/\r\n?/g, '\n');
  const filled = text.replace(/\{\{\s*([a-z.]+)\s*\}\}/g, (field, name: string) =>
    Object.hasOwn(fields, name) ? (fields[name] ?? field) : field,
  );
  const tidy = tick(filled, changeType).replace(/\n{3,}/g, '\n\n');
  const linked = new RegExp(
    `\\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\\s+#${issue.number}\\b`,
    'i',
  );
  return linked.test(tidy) ? tidy : `${link}\n\n${tidy}`;
}

function typeList(changeType: string): string {
  const own = kinds.some(([type]) => type === changeType) ? [] : [[changeType, 'another'] as const];
  return [...kinds, ...own].map(([type, meaning]) => `- [ ] ${type}: ${meaning}`).join('\n');
}

/** Ticks the line of the kind of change, whoever wrote the list. */
function tick(text: string, changeType: string): string {
  const escaped = changeType.replace(/[^\w-]/g, '');
  const line = new RegExp(`^(\\s*[-*+] )\\[ \\]( \`?${escaped}\\b)`, 'm');
  return escaped === '' ? text : text.replace(line, '$1[x]$2');
}

/** Its first paragraph as a quotation, 500 characters at most. */
function contextOf(body: string): string {
  const text = body.replace(/\r\n?/g, '\n').replace(/<!--[^]*?(?:-->|$)/g, '');
  const paragraphs = text.split(/\n\s*\n/).map((one) => one.trim());
  const first = paragraphs.find(
    (one) => one !== '' && !one.startsWith('#') && !one.startsWith('```'),
  );
  if (first === undefined) return '';
  const short = first.length > 500 ? `${first.slice(0, 499)}…` : first;
  return short
    .split('\n')
    .map((line) => `> ${harmless(line)}`)
    .join('\n');
}

/** Quoted words must call nobody, close nothing and fill no field a second time. */
function harmless(text: string): string {
  return text
    .replace(/@(?=\w)/g, '@\u200b')
    .replace(/#(?=\d)/g, '#\u200b')
    .replace(/\[([ xX])\]/g, '\\[$1\\]')
    .replaceAll('{{', '{\u200b{')
    .replace(/<!--/g, '<\u200b!--');
}
