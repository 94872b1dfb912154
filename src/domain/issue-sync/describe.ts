/** The sync of a repository as markdown for operators. */
import { repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { SyncWait } from './pass.js';
import type { SyncPass, SyncView } from './view.js';

const shownLines = 20;

/** `#12 body: both sides changed it (#14)` */
export function describeWait({ number, path, field, pull, reason }: SyncWait): string {
  const what = number === null ? (path ?? 'the repository') : `#${number}`;
  const where = field === null ? what : `${what} ${field}`;
  return `${where}: ${reason}${pull === null ? '' : ` (#${pull})`}`;
}

/** `2 issues written, 1 made, 0 comments, 3 files` */
export function describePass({ written, created, comments, files }: SyncPass): string {
  return written + created + comments + files === 0
    ? 'nothing to do'
    : `${written} issues written, ${created} made, ${comments} comments posted, ${files} files written`;
}

export function describeSync(view: SyncView): string {
  const at = (ms: number): string => new Date(ms).toISOString();
  const lines = [
    `**${view.phase}** · issues and files of ${escapeMarkdown(repositoryPath(view.repository))}${view.isDryRun ? ' · dry run' : ''}`,
    '',
    `**why** ${escapeMarkdown(view.reason)}`,
  ];
  const add = (name: string, text: string): void => void lines.push('', `**${name}** ${text}`);
  if (view.trouble !== null) add('trouble', escapeMarkdown(view.trouble));
  if (view.paused !== null) add('paused', `by ${escapeMarkdown(view.paused.actor)}`);
  if (view.lastPass !== null) {
    const { atMs, cause } = view.lastPass;
    add('last pass', `${at(atMs)}, ${describePass(view.lastPass)}: ${escapeMarkdown(cause)}`);
  }
  if (view.digest !== null) add('to approve', `\`${view.digest}\``);
  for (const line of view.plan.slice(0, shownLines)) lines.push('', escapeMarkdown(line));
  if (view.waits.length > 0) {
    lines.push('', '| waits for a person | why |', '|---|---|');
    for (const wait of view.waits.slice(0, shownLines))
      lines.push(`| ${wait.kind} | ${escapeMarkdown(describeWait(wait))} |`);
  }
  if (view.nextAtMs !== null) add('next', `look at ${at(view.nextAtMs)}`);
  if (view.story.length > 0) {
    lines.push('', '| when | what |', '|---|---|');
    for (const { atMs, text } of view.story.slice(-10).toReversed())
      lines.push(`| ${at(atMs)} | ${escapeMarkdown(text)} |`);
  }
  if (view.commands.length > 0) add('you can', view.commands.join(', '));
  return lines.join('\n');
}
