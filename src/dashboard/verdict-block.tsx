/** A verdict where it was reached: the measured value beside its limit, and the numbers behind it. */
import type { Evidence, Verdict } from '../domain/analysis/verdict.js';
import { checkNames, formatE } from '../domain/analysis/format-evidence.js';
import { Head } from './facts.js';

const signs = { pass: '✓', fail: '✕', inconclusive: '?' } as const;

export type ShownVerdict = Pick<Verdict, 'kind' | 'reason' | 'evidence' | 'looks'>;

export function VerdictBlock({ verdict }: { readonly verdict: ShownVerdict }) {
  const { kind, reason, evidence, looks } = verdict;
  return (
    <div class={`verdict ${kind}`}>
      <p>
        <strong>
          <span aria-hidden="true">{signs[kind]} </span>
          {kind}
        </strong>{' '}
        {reason} <span class="soft">({looks} looks)</span>
      </p>
      {kind !== 'pass' && evidence.length > 0 && <EvidenceTable evidence={evidence} />}
    </div>
  );
}

function EvidenceTable({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <table class="rows numbers">
      <Head
        columns={['Check', 'Seen', 'Limit', 'Counted', 'Evidence']}
        numbers={['Seen', 'Limit', 'Counted', 'Evidence']}
      />
      <tbody>
        {evidence.map(({ check, seen, limit, bad, total, eValue, eLimit }, n) => (
          <tr key={`${check} ${n}`}>
            <th scope="row" data-label="Check">
              {checkNames[check] ?? check}
            </th>
            <td class="number" data-label="Seen">
              {seen}
            </td>
            <td class="number" data-label="Limit">
              {limit}
            </td>
            <td class="number" data-label="Counted">
              {bad === null || total === null ? '–' : `${bad} of ${total}`}
            </td>
            <td class="number" data-label="Evidence">
              {eValue === null || eLimit === null ? '–' : `E ${formatE(eValue)} of ${eLimit}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
