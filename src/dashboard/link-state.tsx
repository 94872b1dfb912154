/** Whether what is shown is what is: said in a word, and why when it is not. */
import type { Link } from './live.js';

const words: Readonly<Record<Link, string>> = {
  connecting: '… connecting',
  live: '● live',
  lost: '○ not connected',
};

export function LinkState({
  link,
  trouble,
}: {
  readonly link: Link;
  readonly trouble?: string | null | undefined;
}) {
  return (
    <span class={`link ${link}`} role="status">
      {words[link]}
      {trouble ? `: ${trouble}` : ''}
    </span>
  );
}
