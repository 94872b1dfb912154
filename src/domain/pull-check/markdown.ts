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

export function sectionsOf(text: string): readonly Section[] {
  const sections: { heading: string; text: string }[] = [{ heading: '', text: '' }];
  for (const line of text.split('\n')) {
    const [, heading] = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    const last = sections.at(-1);
    if (heading !== undefined) sections.push({ heading, text: '' });
    else if (last !== undefined) last.text += `${line}\n`;
  }
  return sections;
}

export function tasksOf(text: string): readonly Task[] {
  return [...text.matchAll(/^\s*(?:[-*+]|\d+[.)])\s+\[([ xX])\]\s+(.*)$/gm)].map(
    ([, sign = ' ', task = '']) => ({
      text: task.trim(),
      isDone: sign !== ' ' || /^~~.*~~$/.test(task.trim()),
    }),
  );
}
