/** The two plots of a rollout: the candidate's weight over time, and its evidence on the way to the limit. */
import type { Why } from './answers.js';
import { checkNames } from '../domain/analysis/format-evidence.js';
import type { RolloutView } from '../domain/rollout/view.js';
import { revisionName } from '../domain/rollout/revision.js';
import type { EvidencePoint } from './evidence-points.js';
import { Plot } from './plots.js';

interface PlotsProps {
  readonly view: RolloutView;
  readonly events: Why['events'];
  readonly points: readonly EvidencePoint[];
  readonly nowMs: number;
}

export function RolloutPlots({ view, events, points, nowMs }: PlotsProps) {
  const fromMs = view.startedAtMs;
  const toMs = Math.max(view.endedAtMs ?? nowMs, fromMs + 1000);
  const weights = weightsOf(view, events, toMs);
  const [first, last] = [points[0], points.at(-1)];
  const names = [...new Set(points.flatMap(({ checks }) => checks.map(({ check }) => check)))];
  const worst = Math.max(0, ...(last?.checks.map(partOf) ?? []));
  return (
    <div class="plots">
      <Plot
        title="Weight of the candidate"
        says={weights.map(([, weight]) => `${weight} %`).join(', ')}
        lines={[{ name: 'weight', points: weights, isStepped: true }]}
        {...{ fromMs, toMs }}
        ticks={[0, 25, 50, 75, 100]}
        format={(value) => `${value} %`}
      />
      {points.length > 0 && (
        <Plot
          title="Evidence of harm, as part of what rolls back"
          says={`at most ${Math.round(worst)} % at the last look`}
          lines={names.map((name) => ({
            name: checkNames[name] ?? name,
            points: points.flatMap(({ atMs, checks }) => {
              const found = checks.find(({ check }) => check === name);
              return found === undefined ? [] : [[atMs, partOf(found)] as const];
            }),
          }))}
          fromMs={Math.min(fromMs, first?.atMs ?? fromMs)}
          toMs={Math.max(toMs, last?.atMs ?? toMs)}
          ticks={[0, 50, 100, 150]}
          format={(value) => `${value} %`}
          limit={{ value: 100, text: 'rolls back' }}
        />
      )}
    </div>
  );
}

/** As the platform was told to split, from the record; the weight as intended stands in for what is not recorded yet. */
function weightsOf(view: RolloutView, events: Why['events'], toMs: number) {
  const candidate = revisionName(view.candidate);
  const points: [number, number][] = [[view.startedAtMs, 0]];
  for (const { kind, at, data } of events) {
    const split = data.split as
      | {
          readonly stable?: string | null;
          readonly candidate?: string | null;
          readonly weight?: number;
        }
      | undefined;
    if (kind === 'candidatePromoted') points.push([Date.parse(at), 100]);
    else if (kind === 'stableRestored') points.push([Date.parse(at), 0]);
    else if (kind === 'trafficShifted' && split !== undefined) {
      const weight =
        split.stable === candidate ? 100 : split.candidate === candidate ? (split.weight ?? 0) : 0;
      points.push([Date.parse(at), weight]);
    }
  }
  const last = points.at(-1)?.[1] ?? 0;
  points.push([toMs, view.outcome === null ? view.weight : last]);
  return points;
}

/** Percent of the way from no evidence to the check's own limit, by powers, as evidence grows by factors. */
function partOf({ eValue, eLimit }: EvidencePoint['checks'][number]): number {
  return Math.max(0, (100 * Math.log(Math.max(eValue, 1))) / Math.log(eLimit));
}
