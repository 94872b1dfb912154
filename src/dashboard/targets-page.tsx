/** All targets in one table: what is stable, what is coming, how much of the traffic it has, and since when. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ReleaseList } from '../api/schemas/release.js';
import type { RolloutList } from '../api/schemas/rollout-list.js';
import type { TargetList } from '../api/schemas/target.js';
import type { ReleaseView } from '../domain/release/view.js';
import { Head } from './facts.js';
import { age, dateOf, releaseHref, rolloutHref, targetHref } from './format.js';
import { useNow, usePolled } from './hooks.js';
import { LinkState } from './link-state.js';
import { PhaseWord, Weight } from './phase.js';

type Rollout = RolloutList['items'][number];

interface Row {
  readonly service: string;
  readonly environment: string;
  readonly stable: string | null;
  readonly attention: string | null;
  readonly rollout: Rollout | null;
}

const everyMs = 1500;

export function TargetsPage() {
  const nowMs = useNow();
  const orders = useRef(new Map<string, readonly string[]>());
  const [filter, setFilter] = useState('');
  const { answer, trouble } = usePolled(
    'targets',
    async (get) => {
      const [targets, rollouts] = await Promise.all([
        get<TargetList>('/v1/targets?limit=200'),
        get<RolloutList>('/v1/rollouts?limit=200'),
      ]);
      await learnOrders(get, targets, orders.current);
      return rowsOf(targets, rollouts, orders.current);
    },
    everyMs,
  );
  const rows = useMemo(
    () =>
      (answer ?? []).filter(({ service, environment }) =>
        `${service}/${environment}`.includes(filter.trim()),
      ),
    [answer, filter],
  );
  return (
    <>
      <div class="title">
        <h1>Targets</h1>
        <LinkState
          link={trouble ? 'lost' : answer ? 'live' : 'connecting'}
          trouble={trouble?.message}
        />
        <input
          class="filter"
          type="search"
          placeholder="Filter"
          aria-label="Filter targets"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
      </div>
      {answer?.length === 0 && (
        <p>
          Nothing is released yet. <code>sluice release service@1.0.0 --artifact file</code> begins.
        </p>
      )}
      {rows.length > 0 && (
        <table class="rows">
          <Head
            columns={['Target', 'State', 'Stable', 'Candidate', 'Weight', 'Age']}
            numbers={['Age']}
          />
          <tbody>
            {rows.map((row) => (
              <TargetRow key={`${row.service}/${row.environment}`} row={row} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function TargetRow({ row, nowMs }: { readonly row: Row; readonly nowMs: number }) {
  const { service, environment, stable, rollout, attention } = row;
  const isMoving = rollout !== null && rollout.endedAt === null;
  const sinceMs = rollout === null ? null : Date.parse(rollout.endedAt ?? rollout.startedAt);
  return (
    <tr>
      <th scope="row" data-label="Target">
        <a href={targetHref(service, environment)}>
          {service} <span class="soft">/</span> {environment}
        </a>
      </th>
      <td data-label="State">
        {rollout === null ? (
          <PhaseWord phase={null} />
        ) : (
          <a class="quiet" href={rolloutHref(rollout.rolloutId)}>
            <PhaseWord phase={rollout.phase} />
          </a>
        )}
        {attention !== null && <span class="attention">{attention}</span>}
      </td>
      <td class="version" data-label="Stable">
        {stable === null ? '–' : <a href={releaseHref(service, stable)}>{stable}</a>}
      </td>
      <td class="version" data-label="Candidate">
        {isMoving && rollout.version !== null ? (
          <a href={releaseHref(service, rollout.version)}>{rollout.version}</a>
        ) : (
          <span class="soft">–</span>
        )}
      </td>
      <td data-label="Weight">
        <Weight percent={isMoving ? (rollout.weight ?? 0) : null} />
      </td>
      <td class="number" data-label="Age">
        {sinceMs === null ? '–' : <time title={dateOf(sinceMs)}>{age(nowMs - sinceMs)}</time>}
      </td>
    </tr>
  );
}

/** The newest rollout of each target is what it does, or what it did last. */
function rowsOf(
  targets: TargetList,
  rollouts: RolloutList,
  orders: ReadonlyMap<string, readonly string[]>,
): readonly Row[] {
  const rows = targets.items.map(
    ({ service, environment: name, region, version, needsAttention }) => {
      const environment = region === null ? name : `${name}/${region}`;
      const rollout =
        rollouts.items
          .filter((each) => each.service === service && each.environment === environment)
          .toSorted((a, b) => b.n - a.n)[0] ?? null;
      const attention = needsAttention ?? rollout?.needsAttention ?? null;
      return { service, environment, stable: version, attention, rollout };
    },
  );
  const place = ({ service, environment }: Row): number => {
    const at = orders.get(service)?.indexOf(environment) ?? -1;
    return at < 0 ? Infinity : at;
  };
  return rows.toSorted(
    (a, b) =>
      a.service.localeCompare(b.service) ||
      place(a) - place(b) ||
      a.environment.localeCompare(b.environment),
  );
}

const looked = 5;

/** In the order of the pipeline, as the one of the newest releases with the longest way goes through it. */
async function learnOrders(
  get: <Part>(path: string) => Promise<Part>,
  targets: TargetList,
  orders: Map<string, readonly string[]>,
): Promise<void> {
  const missing = new Set(targets.items.map(({ service }) => service));
  for (const service of missing) {
    if (orders.has(service) || orders.size > 20) continue;
    const { items } = await get<ReleaseList>(`/v1/releases?limit=${looked}&service=${service}`);
    const views = await Promise.all(
      items.map(({ location }) => get<ReleaseView>(location).catch(() => null)),
    );
    const ways = views.flatMap((view) =>
      view === null ? [] : [view.stages.map(({ environment }) => environment)],
    );
    const longest = ways.toSorted((a, b) => b.length - a.length)[0];
    if (longest !== undefined) orders.set(service, longest);
  }
}
