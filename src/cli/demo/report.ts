/** The demo's result: one JSON object for machines, a table for people. */
import type { ReleaseView } from '../../domain/release/view.js';
import { stageOf } from './follow-release.js';
import type { Observations } from './observations.js';
import type { DemoRelease } from './scenario.js';

export interface ReleaseResult {
  readonly version: string;
  readonly outcome: string;
  /** Where it was decided. */
  readonly environment: string | null;
  readonly strategy: string | null;
  /** First bad answer of the candidate to its last answer; null when it was promoted. */
  readonly exposureS: number | null;
  readonly failedRequests: number;
  readonly requests: number;
  readonly reason: string;
}

export interface DemoResult {
  /** Every release ended as it was told, and no request was lost by a shift. */
  readonly ok: boolean;
  readonly elapsedS: number;
  readonly releases: readonly ReleaseResult[];
}

export function releaseResult(release: ReleaseView, seen: Observations): ReleaseResult {
  const stage = stageOf(release);
  const { requests, failedRequests, exposureS } = seen.tally(release.version);
  return {
    version: release.version,
    outcome: release.outcome ?? 'unended',
    environment: stage?.environment ?? null,
    strategy: stage?.strategy ?? null,
    exposureS: release.outcome === 'promoted' || exposureS === null ? null : round(exposureS, 2),
    failedRequests,
    requests,
    reason: release.reason ?? stage?.reason ?? '',
  };
}

export function demoResult(
  told: readonly DemoRelease[],
  releases: readonly ReleaseResult[],
  facts: { readonly elapsedMs: number; readonly lost: number },
): DemoResult {
  const asTold = told.every(
    ({ version, outcome }) =>
      releases.find((release) => release.version === version)?.outcome === outcome,
  );
  return {
    ok: asTold && facts.lost === 0,
    elapsedS: round(facts.elapsedMs / 1000, 1),
    releases,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

const headings = ['release', 'outcome', 'where', 'strategy', 'exposure', 'failed', 'requests'];

/** The table, then why each release that did not get through was turned back. */
export function resultLines({ releases }: DemoResult): readonly string[] {
  const rows = releases.map((release) => [
    release.version,
    release.outcome,
    release.environment ?? '–',
    release.strategy ?? '–',
    release.exposureS === null ? '–' : `${release.exposureS.toFixed(2)} s`,
    String(release.failedRequests),
    String(release.requests),
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [
    line(headings),
    line(widths.map((width) => '─'.repeat(width))),
    ...rows.map(line),
    '',
    ...releases
      .filter(({ outcome }) => outcome !== 'promoted')
      .map(({ version, environment, reason }) => `  ${version} at ${environment}: ${reason}`),
    '  exposure: from the first bad answer of the new version to its last answer, as users saw it',
  ];
}
