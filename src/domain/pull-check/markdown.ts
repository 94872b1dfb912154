/** Descriptions of pull requests as far as they are read: headings, tasks, and what is neither comment nor code. */

export interface Section {
  /** Without its signs; empty for what stands before the first heading. */
  readonly heading: string;
  readonly text: string;
}

export interface Task {
  readonly text: string;
  /** Ticked, or struck out because it does not apply. */
  readonly isDone: boolean;
}

/** Without comments and code: what stands there is said to nobody. Line ends are `\n`. */
export function prose(body: string): string {
  return body
    .replace(/\r\n?/g, '\n')
    .replace(/<!--[^]*?(?:-->|$)/g, '')
    .replace(/^( {0,3})(`{3,}|~{3,})[^\n]*\n(?:[^]*?\n)?\1\2[^\n]*$/gm, '')
    .replace(/`[^`\n]*`/g, '');
}

/** What is longer is no heading that anybody writes, and costs time to take apart. */
const longestHeading = 300;

export interface Heading {
  /** 1–6, as the number of its signs. */
  readonly rank: number;
  readonly text: string;
}

/** @example headingOf('## Unreleased ##') → {rank: 2, text: 'Unreleased'}; null for any other line */
export function headingOf(line: string): Heading | null {
  if (line.length > longestHeading) return null;
  const [, signs = '', text] = /^ {0,3}(#{1,6})[ \t](.*)$/.exec(line) ?? [];
  if (text === undefined) return null;
  return { rank: signs.length, text: text.replace(/#+\s*$/, '').trim() };
}

export function sectionsOf(text: string): readonly Section[] {
  const sections: { heading: string; text: string }[] = [{ heading: '', text: '' }];
  for (const line of text.split('\n')) {
    const heading = headingOf(line);
    const last = sections.at(-1);
    if (heading !== null) sections.push({ heading: heading.text, text: '' });
    else if (last !== undefined) last.text += `${line}\n`;
  }
  return sections;
}

export function tasksOf(text: string): readonly Task[] {
  return [...text.matchAll(/^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\][ \t]+(.*)$/gm)].map(
    ([, sign = ' ', task = '']) => ({
      text: task.trim(),
      isDone: sign !== ' ' || /^~~.*~~$/.test(task.trim()),
    }),
  );
}
