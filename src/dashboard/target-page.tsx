/** One target, live: what runs there, what waits, who has locked it, and how its last rollouts ended. */
import { environmentPath, type TargetKey, targetWorkflowId } from '../domain/names.js';
import type { TargetView } from '../domain/target/view.js';
import { Commands } from './commands.js';
import { Fact, Head, HistoryFact } from './facts.js';
import { age, apiPath, dateOf, releaseHref, rolloutHref } from './format.js';
import { useFollowed, useNow } from './hooks.js';
import { LinkState } from './link-state.js';

/** Commands of the target whose path in the API is another word. */
const paths: Readonly<Record<string, string>> = { rollBack: 'rollback' };

export function TargetPage({ target }: { readonly target: TargetKey }) {
  const nowMs = useNow();
  const { view, link, trouble, refusal } = useFollowed<TargetView>(
    apiPath('targets', target, '/events'),
  );
  const place = environmentPath(target);
  if (refusal !== null) return <p role="alert">{refusal.message}</p>;
  if (view === null) return <LinkState link={link} trouble={trouble} />;
  const { service } = target;
  const { stable, previous, current, queue, lock, repaired } = view;
  return (
    <>
      <div class="title">
        <h1>
          {service} <span class="soft">/</span> {place}
        </h1>
        <LinkState link={link} trouble={trouble} />
      </div>
      <dl class="facts">
        <Fact name="Stable">
          {stable === null ? (
            'nothing'
          ) : (
            <a href={releaseHref(service, stable.version)}>{stable.version}</a>
          )}
        </Fact>
        {current !== null && (
          <Fact name="Rollout">
            <a href={rolloutHref(current.rolloutId)}>
              #{current.n} to {current.candidate.version}
            </a>
          </Fact>
        )}
        {previous !== null && (
          <Fact name="Previous">
            {previous.revision.version}{' '}
            <span class="soft">
              {previous.warmUntilMs > nowMs
                ? `warm for ${age(previous.warmUntilMs - nowMs)}`
                : 'cold'}
            </span>
          </Fact>
        )}
        {view.platform !== null && <Fact name="Platform">{view.platform}</Fact>}
        <HistoryFact workflowId={targetWorkflowId(target)} />
      </dl>
      {lock !== null && (
        <p class="notice">
          ‖ locked by {lock.owner}
          {lock.expiresAtMs === null ? '' : ` until ${dateOf(lock.expiresAtMs)}`}: {lock.reason}
        </p>
      )}
      {repaired !== null && (
        <p class="notice">
          repaired {age(nowMs - repaired.atMs)} ago: {repaired.reason}
        </p>
      )}
      <Commands
        commands={view.commands}
        at={{ service, environment: place }}
        name={`${service}/${place}`}
        pathOf={(command) => apiPath('targets', target, `/${paths[command] ?? command}`)}
      />
      {queue.length > 0 && (
        <>
          <h2>Waiting</h2>
          <ol>
            {queue.map(({ rolloutId, candidate, requestedBy }) => (
              <li key={rolloutId}>
                {candidate.version} <span class="soft">for {requestedBy}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      <History view={view} nowMs={nowMs} />
    </>
  );
}

function History({ view, nowMs }: { readonly view: TargetView; readonly nowMs: number }) {
  const { history, target } = view;
  if (history.length === 0) return null;
  const region = target.region === undefined ? '' : `/${target.region}`;
  const base = `#/rollouts/${target.service}/${target.environment}${region}`;
  return (
    <>
      <h2>Rollouts</h2>
      <table class="rows">
        <Head columns={['#', 'Version', 'Outcome', 'Why', 'Ended']} numbers={['#', 'Ended']} />
        <tbody>
          {history.map(({ n, version, outcome, reason, endedAtMs }) => (
            <tr key={n}>
              <th scope="row" class="number" data-label="#">
                <a href={`${base}/${n}`}>{n}</a>
              </th>
              <td class="version" data-label="Version">
                {version}
              </td>
              <td data-label="Outcome">
                <span
                  class={
                    outcome === 'promoted' || outcome === 'superseded' ? 'phase calm' : 'phase bad'
                  }
                >
                  <span class="sign" aria-hidden="true">
                    {outcome === 'promoted' ? '✓' : outcome === 'aborted' ? '✕' : '↩'}
                  </span>
                  {outcome}
                </span>
              </td>
              <td data-label="Why">{reason}</td>
              <td class="number" data-label="Ended">
                <time title={dateOf(endedAtMs)}>{age(nowMs - endedAtMs)} ago</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
