/** One release, live: where it is on its way through the environments, what each of them waits for, and why it ended. */
import { releaseWorkflowId } from '../domain/names.js';
import type { ReleaseView, StageView } from '../domain/release/view.js';
import { Commands } from './commands.js';
import { AgeFact, Fact, HistoryFact } from './facts.js';
import { age, rolloutHref, targetHref } from './format.js';
import { useFollowed, useNow, useWhy } from './hooks.js';
import { LinkState } from './link-state.js';
import { PhaseWord } from './phase.js';
import { Next, Record } from './record.js';
import { VerdictBlock } from './verdict-block.js';

interface ReleaseProps {
  readonly service: string;
  readonly version: string;
}

const staged: readonly string[] = ['approve', 'reject'];

export function ReleasePage({ service, version }: ReleaseProps) {
  const nowMs = useNow();
  const path = `/v1/releases/${encodeURIComponent(service)}/${encodeURIComponent(version)}`;
  const { view, link, trouble, refusal } = useFollowed<ReleaseView>(`${path}/events`);
  const why = useWhy(`${path}/why`, view);
  if (refusal !== null) return <p role="alert">{refusal.message}</p>;
  if (view === null) return <LinkState link={link} trouble={trouble} />;
  const { environment } = view;
  const commandsAt = {
    at: { service, environment },
    name: `${service} ${version}`,
    pathOf: (command: string) => `${path}/${command}`,
  };
  return (
    <>
      <div class="title">
        <h1>
          {service} {version}
        </h1>
        <LinkState link={link} trouble={trouble} />
      </div>
      <dl class="facts">
        <Fact name="State">
          <PhaseWord phase={view.phase} />
        </Fact>
        <Fact name="Asked for by">{view.requestedBy}</Fact>
        <AgeFact span={view} nowMs={nowMs} />
        {view.gitSha !== null && (
          <Fact name="Commit" isVersion>
            {view.gitSha.slice(0, 12)}
          </Fact>
        )}
        <Fact name="Digest" isVersion title={view.digest}>
          {view.digest.slice(7, 19)}
        </Fact>
        <HistoryFact workflowId={releaseWorkflowId({ service, version })} />
      </dl>
      {view.reason !== null && (
        <p class={view.outcome === 'promoted' ? 'notice' : 'notice bad'}>{view.reason}</p>
      )}
      <Commands commands={view.commands.filter((each) => !staged.includes(each))} {...commandsAt} />
      <h2>Environments</h2>
      <ol class="steps">
        {view.stages.map((stage) => (
          <li key={stage.environment} class={stage.environment === environment ? 'now' : ''}>
            <Stage stage={stage} service={service} nowMs={nowMs} />
            {stage.environment === environment && (
              <Commands
                commands={view.commands.filter((each) => staged.includes(each))}
                more={{ environment: stage.environment }}
                {...commandsAt}
              />
            )}
            {why?.verdict != null &&
              why.verdict.kind !== 'pass' &&
              why.environment === stage.environment && <VerdictBlock verdict={why.verdict} />}
          </li>
        ))}
      </ol>
      <Next next={why?.next ?? []} />
      <Record events={why?.events ?? []} />
    </>
  );
}

function Stage({
  stage,
  service,
  nowMs,
}: {
  readonly stage: StageView;
  readonly service: string;
  readonly nowMs: number;
}) {
  const { environment, phase, strategy, attempt, rolloutId, startedAtMs, endedAtMs } = stage;
  return (
    <>
      <p class="stage">
        <a href={targetHref(service, environment)}>{environment}</a>
        <PhaseWord phase={phase} />
        <span class="soft">
          {strategy}
          {attempt > 1 ? `, attempt ${attempt}` : ''}
        </span>
        {rolloutId !== null && <a href={rolloutHref(rolloutId)}>rollout</a>}
        {startedAtMs !== null && (
          <span class="soft number">{age((endedAtMs ?? nowMs) - startedAtMs)}</span>
        )}
      </p>
      {phase === 'AwaitingApproval' && (
        <p>
          Approvals: {stage.approvals.length} of {stage.approvalsRequired}
        </p>
      )}
      {stage.approvals.map(({ actor, reason, atMs }) => (
        <p key={`${actor} ${atMs}`} class="soft">
          approved by {actor}: {reason}
        </p>
      ))}
      {stage.reason !== null && <p class="why">{stage.reason}</p>}
    </>
  );
}
