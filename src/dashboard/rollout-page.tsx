/** One rollout, live: its steps with what was decided at each, its weights and evidence as plots, and its commands. */
import { useEffect, useState } from 'preact/hooks';
import { environmentPath, parseReleaseWorkflowId, rolloutWorkflowId } from '../domain/names.js';
import type { TargetKey } from '../domain/names.js';
import type { RolloutView } from '../domain/rollout/view.js';
import type { RunningWatch, Why } from './answers.js';
import { Commands } from './commands.js';
import { type EvidencePoint, pointsOfRecord, withLook } from './evidence-points.js';
import { AgeFact, Fact, HistoryFact } from './facts.js';
import { apiPath, releaseHref, targetHref } from './format.js';
import { useFollowed, useNow, useSession, useWhy } from './hooks.js';
import { LinkState } from './link-state.js';
import { PhaseWord, Weight } from './phase.js';
import { Next, Record } from './record.js';
import { RolloutPlots } from './rollout-plots.js';
import { Steps } from './steps.js';

export function RolloutPage({ target, n }: { readonly target: TargetKey; readonly n: number }) {
  const { announce } = useSession();
  const nowMs = useNow();
  const { view, aside, link, trouble, refusal } = useFollowed<RolloutView, RunningWatch>(
    apiPath('rollouts', target, `/${n}/events`),
  );
  const why = useWhy(apiPath('rollouts', target, `/${n}/why`), view);
  const watch = view?.outcome === null ? (aside?.watch ?? null) : null;
  const points = usePoints(watch, why);
  const phase = view?.phase;
  useEffect(() => {
    if (phase !== undefined) announce(`Rollout ${n}: ${phase}`);
  }, [phase]);

  const place = environmentPath(target);
  if (refusal !== null) return <p role="alert">{refusal.message}</p>;
  if (view === null) return <LinkState link={link} trouble={trouble} />;
  const { candidate, stable, releaseId } = view;
  return (
    <>
      <div class="title">
        <h1>
          <a href={targetHref(target.service, place)}>
            {target.service} <span class="soft">/</span> {place}
          </a>{' '}
          <span class="soft">#{n}</span>
        </h1>
        <LinkState link={link} trouble={trouble} />
      </div>
      <dl class="facts">
        <Fact name="State">
          <PhaseWord phase={view.phase} />
        </Fact>
        <Fact name="Stable">{stable?.version ?? 'nothing'}</Fact>
        <Fact name="Candidate">
          {releaseId === null ? (
            candidate.version
          ) : (
            <a href={releaseLink(releaseId)}>{candidate.version}</a>
          )}
        </Fact>
        <Fact name="Weight">
          <Weight percent={view.weight} />
        </Fact>
        <AgeFact span={view} nowMs={nowMs} />
        <Fact name="Strategy">{view.plan.strategy}</Fact>
        <HistoryFact workflowId={rolloutWorkflowId({ target, n })} />
      </dl>
      {view.paused !== null && (
        <p class="notice">
          ‖ paused by {view.paused.actor}: {view.paused.reason}
        </p>
      )}
      {view.holding !== null && <p class="notice">‖ holding: {view.holding}</p>}
      {view.outcome !== null && view.reason !== null && (
        <p class={view.outcome === 'promoted' ? 'notice' : 'notice bad'}>
          {view.outcome}: {view.reason}
        </p>
      )}
      <Commands
        commands={view.commands}
        at={{ service: target.service, environment: place }}
        name={`${target.service}/${place}#${n}`}
        pathOf={(command) => apiPath('rollouts', target, `/${n}/${command}`)}
      />
      <RolloutPlots view={view} events={why?.events ?? []} points={points} nowMs={nowMs} />
      <h2>Steps</h2>
      <Steps view={view} events={why?.events ?? []} watch={watch} nowMs={nowMs} />
      <Next next={why?.next ?? []} />
      <Record events={why?.events ?? []} />
    </>
  );
}

function releaseLink(releaseId: string): string {
  const { service, version } = parseReleaseWorkflowId(releaseId);
  return releaseHref(service, version);
}

/** Looks seen since the page was opened; of what was over before, those that decided. */
function usePoints(watch: RunningWatch['watch'], why: Why | null): readonly EvidencePoint[] {
  const [seen, setSeen] = useState<readonly EvidencePoint[]>([]);
  const [kept, setKept] = useState<readonly EvidencePoint[]>([]);
  useEffect(() => {
    if (watch !== null) setSeen((points) => withLook(points, watch));
  }, [watch]);
  const reference = why?.samples?.reference ?? null;
  useEffect(() => setKept(pointsOfRecord(why?.samples?.value)), [reference]);
  const [first] = kept;
  if (first === undefined) return seen;
  const lastMs = kept.at(-1)?.atMs ?? 0;
  return [
    ...seen.filter(({ atMs }) => atMs < first.atMs),
    ...kept,
    ...seen.filter(({ atMs }) => atMs > lastMs),
  ];
}
