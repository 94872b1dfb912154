/** The files of our own sync, edited as a person edits them. */
import { parseIssueFile } from '../../src/domain/issue-sync/issue-file.js';
import type { FileFormat } from './driver.js';

const fileOf = (path: string, text: string) => {
  const reading = parseIssueFile(path, text);
  return reading.kind === 'file' ? reading.file : null;
};

export const sluiceFormat: FileFormat = {
  create({ title, body, labels }) {
    const path = `issues/${title.toLowerCase().replaceAll(/\W+/g, '-')}.md`;
    const listed = labels.length === 0 ? '' : `labels: [${labels.join(', ')}]\n`;
    return { path, text: `---\ntitle: ${title}\n${listed}---\n${body}\n` };
  },
  numberOf: (path, text) => fileOf(path, text)?.link?.number ?? null,
  read(text) {
    const { title = '', body = '', labels = [] } = fileOf('issues/read.md', text)?.fields ?? {};
    return { title, body, labels };
  },
  edit(text, { title, body, labels }) {
    const [matter = '', ...rest] = text.slice(4).split('\n---\n');
    let head = matter;
    if (title !== undefined) head = head.replace(/^title:.*$/m, `title: ${title}`);
    if (labels !== undefined) {
      const line = `labels: [${labels.join(', ')}]`;
      head = /^labels:/m.test(head) ? head.replace(/^labels:.*$/m, line) : `${head}\n${line}`;
    }
    const below = body === undefined ? rest.join('\n---\n') : `${body}\n`;
    return `---\n${head}\n---\n${below}`;
  },
  comment: (path, text, comment) => ({ [path]: `${text.trimEnd()}\n\n/comment\n${comment}\n` }),
};
