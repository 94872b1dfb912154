/** What was done by whom and why, and what could be typed next. */
import type { Why } from './answers.js';
import { Head } from './facts.js';
import { timeOf } from './format.js';

export function Next({ next }: { readonly next: readonly string[] }) {
  if (next.length === 0) return null;
  return (
    <details>
      <summary>On the command line</summary>
      <ul class="typed">
        {next.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function Record({ events }: { readonly events: Why['events'] }) {
  if (events.length === 0) return null;
  return (
    <details>
      <summary>Record ({events.length})</summary>
      <table class="rows numbers">
        <Head columns={['Time', 'Act', 'Who', 'Why']} />
        <tbody>
          {events.toReversed().map(({ id, at, kind, actor, reason }) => (
            <tr key={id}>
              <td class="version" data-label="Time">
                <time dateTime={at}>{timeOf(Date.parse(at))}</time>
              </td>
              <td data-label="Act">{kind}</td>
              <td data-label="Who">{actor}</td>
              <td data-label="Why">{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
