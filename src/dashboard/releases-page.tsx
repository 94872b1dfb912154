/** The newest releases across their environments: one line each, one column for each environment. */
import { useRef } from 'preact/hooks';
import type { ReleaseList } from '../api/schemas/release.js';
import { isEnded, type Phase } from '../domain/phase.js';
import type { ReleaseView } from '../domain/release/view.js';
import { Head } from './facts.js';
import { age, dateOf, releaseHref, rolloutHref } from './format.js';
import { useNow, usePolled } from './hooks.js';
import { LinkState } from './link-state.js';
import { PhaseWord } from './phase.js';

type Row = ReleaseList['items'][number];

interface Known {
  readonly row: Row;
  /** Null when it is kept no longer. */
  readonly view: ReleaseView | null;
}

const everyMs = 2500;
const most = 25;

export function ReleasesPage() {
  const nowMs = useNow();
  const ended = useRef(new Map<string, ReleaseView | null>());
  const { answer, trouble } = usePolled(
    'releases',
    async (get) => {
      const { items } = await get<ReleaseList>(`/v1/releases?limit=${most}`);
      return Promise.all(items.map((row) => know(row, get, ended.current)));
    },
    everyMs,
  );
  const known = answer ?? [];
  // Who enters late has only the last of them: the longest way tells the order.
  const longestFirst = known.toSorted(
    (a, b) => (b.view?.stages.length ?? 0) - (a.view?.stages.length ?? 0),
  );
  const environments = [
    ...new Set(
      longestFirst.flatMap(({ view }) => view?.stages.map((stage) => stage.environment) ?? []),
    ),
  ];
  return (
    <>
      <div class="title">
        <h1>Releases</h1>
        <LinkState
          link={trouble ? 'lost' : answer ? 'live' : 'connecting'}
          trouble={trouble?.message}
        />
      </div>
      {answer?.length === 0 && <p>Nothing is released yet.</p>}
      {known.length > 0 && (
        <table class="rows">
          <Head
            columns={['Release', ...environments, 'Asked for by', 'Begun']}
            numbers={['Begun']}
          />
          <tbody>
            {known.map((each) => (
              <ReleaseRow key={each.row.runId} known={each} {...{ environments, nowMs }} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function ReleaseRow({
  known: { row, view },
  environments,
  nowMs,
}: {
  readonly known: Known;
  readonly environments: readonly string[];
  readonly nowMs: number;
}) {
  const startedAtMs = Date.parse(row.startedAt);
  return (
    <tr>
      <th scope="row" data-label="Release">
        <a href={releaseHref(row.service, row.version)}>
          {row.service} {row.version}
        </a>
      </th>
      {environments.map((environment) => {
        const stage = view?.stages.find((each) => each.environment === environment);
        return (
          <td key={environment} data-label={environment}>
            {stage === undefined || (stage.startedAtMs === null && stage.phase === 'Queued') ? (
              <span class="soft">–</span>
            ) : (
              <StagePhase phase={stage.phase} rolloutId={stage.rolloutId} />
            )}
          </td>
        );
      })}
      <td data-label="Asked for by">{row.requestedBy ?? '–'}</td>
      <td class="number" data-label="Begun">
        <time title={dateOf(startedAtMs)}>{age(nowMs - startedAtMs)} ago</time>
      </td>
    </tr>
  );
}

function StagePhase({
  phase,
  rolloutId,
}: {
  readonly phase: Phase;
  readonly rolloutId: string | null;
}) {
  if (rolloutId === null) return <PhaseWord phase={phase} />;
  return (
    <a class="quiet" href={rolloutHref(rolloutId)}>
      <PhaseWord phase={phase} />
    </a>
  );
}

/** What has ended stays as it is and is read once; an older run of a release is known by its line alone. */
async function know(
  row: Row,
  get: <Part>(path: string) => Promise<Part>,
  ended: Map<string, ReleaseView | null>,
): Promise<Known> {
  const before = ended.get(row.runId);
  if (before !== undefined) return { row, view: before };
  const view = await get<ReleaseView>(row.location).catch(() => null);
  if (view !== null && isEnded(view.phase) && row.endedAt !== null) ended.set(row.runId, view);
  return { row, view };
}
