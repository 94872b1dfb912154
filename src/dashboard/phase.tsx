/** A phase as the page shows it: its own word, with a shape beside it for those who do not tell colours apart. */
import type { Phase } from '../domain/phase.js';

const shapes: Readonly<Record<Phase, { readonly sign: string; readonly tone: string }>> = {
  Queued: { sign: '○', tone: 'calm' },
  AwaitingApproval: { sign: '◇', tone: 'busy' },
  Deploying: { sign: '▸', tone: 'busy' },
  Analysing: { sign: '◐', tone: 'busy' },
  Holding: { sign: '‖', tone: 'warn' },
  Promoting: { sign: '▲', tone: 'busy' },
  Promoted: { sign: '✓', tone: 'calm' },
  RollingBack: { sign: '↩', tone: 'bad' },
  RolledBack: { sign: '↩', tone: 'bad' },
  Aborted: { sign: '✕', tone: 'bad' },
  Superseded: { sign: '⇥', tone: 'calm' },
  Rejected: { sign: '⊘', tone: 'bad' },
  NeedsHelp: { sign: '!', tone: 'bad' },
};

export function PhaseWord({ phase }: { readonly phase: Phase | null }) {
  if (phase === null) return <span class="phase calm">–</span>;
  const { sign, tone } = shapes[phase];
  return (
    <span class={`phase ${tone}`}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      {phase}
    </span>
  );
}

/** The candidate's share of the traffic: a bar for the eye, the number for everybody. */
export function Weight({ percent }: { readonly percent: number | null }) {
  if (percent === null) return <span class="soft">–</span>;
  return (
    <span class="weight">
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-ground" width="100" height="8" />
        <rect class="bar-fill" width={Math.max(0, Math.min(100, percent))} height="8" />
      </svg>
      <span class="number">{percent} %</span>
    </span>
  );
}
