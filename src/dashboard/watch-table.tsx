/** The watch under way: how far each check is on its way to rolling back, with the counts of both sides. */
import type { CheckSummary, WatchSummary } from '../domain/analysis/explain-watch.js';
import { checkNames, formatE, shareOf } from '../domain/analysis/format-evidence.js';
import type { SideCounts } from '../domain/analysis/odds-test.js';
import { Head } from './facts.js';
import { age } from './format.js';

export function WatchTable({
  watch,
  nowMs,
}: {
  readonly watch: WatchSummary;
  readonly nowMs: number;
}) {
  return (
    <div class="watch">
      <table class="rows numbers">
        <Head
          columns={['Check', 'Towards rolling back', 'Evidence', 'Candidate', 'Stable']}
          numbers={['Evidence', 'Candidate', 'Stable']}
        />
        <tbody>
          {watch.checks.map((check) => (
            <CheckRow key={check.check} check={check} />
          ))}
          {watch.series.map(({ name, candidate, stable, allowed, towardsRollback, dryRun }) => (
            <tr key={name}>
              <th scope="row" data-label="Check">
                {name}
                {dryRun ? ' (dry run)' : ''}
              </th>
              <td data-label="Towards rolling back">
                <Meter part={towardsRollback} />
              </td>
              <td class="number" data-label="Allowed">
                {allowed}
              </td>
              <td class="number" data-label="Candidate">
                {candidate}
              </td>
              <td class="number" data-label="Stable">
                {stable}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {watch.named !== null && <p>{watch.named}</p>}
      {watch.missed !== null && <p class="attention">blind: {watch.missed}</p>}
      <p class="soft">{expected(watch, nowMs)}</p>
    </div>
  );
}

function CheckRow({ check }: { readonly check: CheckSummary }) {
  return (
    <tr>
      <th scope="row" data-label="Check">
        {checkNames[check.check] ?? check.check}
        {check.dryRun ? ' (dry run)' : ''}
      </th>
      <td data-label="Towards rolling back">
        <Meter part={check.towardsRollback} />
      </td>
      <td class="number" data-label="Evidence">
        E {formatE(check.eValue)} of {check.eLimit}
      </td>
      <td class="number" data-label="Candidate">
        {counts(check.candidate)}
      </td>
      <td class="number" data-label="Stable">
        {check.stable === null ? '–' : counts(check.stable)}
      </td>
    </tr>
  );
}

function Meter({ part }: { readonly part: number }) {
  const percent = Math.round(part * 100);
  return (
    <span class={percent >= 50 ? 'weight bad' : 'weight'}>
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-ground" width="100" height="8" />
        <rect class="bar-fill" width={percent} height="8" />
      </svg>
      <span class="number">{percent} %</span>
    </span>
  );
}

function counts({ bad, requests }: SideCounts): string {
  return `${bad} of ${requests} (${shareOf(bad, requests)})`;
}

function expected({ expected: next, window, heldBy }: WatchSummary, nowMs: number): string {
  if (heldBy !== null && next?.kind !== 'rollBack') return `Held: ${heldBy}.`;
  if (next === null) return window === null ? '' : 'It is decided once the weight is seen.';
  const inTime = age(Math.max(0, next.atMs - nowMs));
  if (next.kind === 'goOn') return `Goes on in ${inTime} at the earliest, if nothing comes up.`;
  const by = next.check === null ? '' : ` by the ${checkNames[next.check] ?? next.check}`;
  return `Rolls back in about ${inTime}${by}, if it goes on like this.`;
}
