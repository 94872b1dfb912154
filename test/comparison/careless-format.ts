/** The files of the careless tool: a title, a line of labels, and the rest is the body. */
import type { FileFormat, WrittenIssue } from './driver.js';

const print = ({ title, body, labels }: WrittenIssue): string =>
  `# ${title}\nLabels: ${labels.join(', ')}\n\n${body}\n`;

export const carelessFormat: FileFormat = {
  create: (issue) => ({
    path: `issues/${issue.title.toLowerCase().replaceAll(/\W+/g, '-')}.md`,
    text: print(issue),
  }),
  numberOf(path) {
    const number = /\/(\d+)\.md$/.exec(path)?.[1];
    return number === undefined ? null : Number(number);
  },
  read(text) {
    const [head = '', second = '', , ...rest] = text.split('\n');
    const labels = second.replace(/^Labels:\s*/, '').split(', ');
    return {
      title: head.replace(/^# /, ''),
      body: rest.join('\n').trimEnd(),
      labels: labels.filter((label) => label !== ''),
    };
  },
  edit: (text, change) => print({ ...carelessFormat.read(text), ...change }),
  comment: () => null,
};
