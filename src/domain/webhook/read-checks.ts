/** Check runs, suites, commit statuses and merge groups, as webhooks tell of them. */
import type { CheckEvent, MergeGroupEvent } from './event.js';
import {
  at,
  conclusionAt,
  idAt,
  latest,
  listAt,
  namesAt,
  oneOf,
  shaAt,
  textAt,
  timeAt,
} from './fields.js';
import type { Reading } from './reading.js';

const checkActions = ['created', 'completed', 'rerequested', 'requestedAction'] as const;

export function readCheckRun(payload: unknown): Reading<CheckEvent> {
  const run = at(payload, 'check_run');
  const sha = shaAt(run, 'head_sha');
  if (sha === null) return null;
  return {
    kind: 'check',
    source: 'check',
    action: oneOf(checkActions, textAt(payload, 'action')) ?? 'other',
    name: textAt(run, 'name') ?? '',
    sha,
    appId: idAt(run, 'app', 'id'),
    externalId: textAt(run, 'external_id') ?? '',
    conclusion: isOver(run) ? conclusionAt(run, 'conclusion') : null,
    pulls: pullsOf(run),
    branches: branchOf(at(run, 'check_suite')),
    bases: basesOf(payload, run),
    atMs: latest(timeAt(run, 'started_at'), timeAt(run, 'completed_at')),
  };
}

export function readCheckSuite(payload: unknown): Reading<CheckEvent> {
  const suite = at(payload, 'check_suite');
  const sha = shaAt(suite, 'head_sha');
  if (sha === null) return null;
  return {
    kind: 'check',
    source: 'suite',
    action: oneOf(checkActions, textAt(payload, 'action')) ?? 'other',
    name: '',
    sha,
    appId: idAt(suite, 'app', 'id'),
    externalId: '',
    conclusion: isOver(suite) ? conclusionAt(suite, 'conclusion') : null,
    pulls: pullsOf(suite),
    branches: branchOf(suite),
    bases: basesOf(payload, suite),
    atMs: timeAt(suite, 'updated_at'),
  };
}

const statusConclusions = {
  success: 'success',
  failure: 'failure',
  error: 'failure',
  pending: null,
} as const;

export function readStatus(payload: unknown): Reading<CheckEvent> {
  const sha = shaAt(payload, 'sha');
  const said = textAt(payload, 'state');
  const state = (['success', 'failure', 'error', 'pending'] as const).find((each) => each === said);
  if (sha === null || state === undefined) return null;
  return {
    kind: 'check',
    source: 'status',
    action: state === 'pending' ? 'created' : 'completed',
    name: textAt(payload, 'context') ?? '',
    sha,
    appId: null,
    externalId: '',
    conclusion: statusConclusions[state],
    pulls: [],
    branches: namesAt(payload, 'name', 'branches'),
    bases: basesOf(payload, null),
    atMs: timeAt(payload, 'updated_at'),
  };
}

export function readMergeGroup(payload: unknown): Reading<MergeGroupEvent> {
  const group = at(payload, 'merge_group');
  const action = oneOf(['checksRequested', 'destroyed'] as const, textAt(payload, 'action'));
  const headSha = shaAt(group, 'head_sha');
  const baseSha = shaAt(group, 'base_sha');
  if (action === null || headSha === null || baseSha === null) return null;
  return {
    kind: 'mergeGroup',
    action,
    headSha,
    headRef: textAt(group, 'head_ref') ?? '',
    baseSha,
    baseRef: textAt(group, 'base_ref') ?? '',
    reason: textAt(payload, 'reason'),
    atMs: null,
  };
}

function isOver(check: unknown): boolean {
  return textAt(check, 'status') === 'completed';
}

function pullsOf(check: unknown): readonly number[] {
  return listAt(check, 'pull_requests').flatMap((pull) => idAt(pull, 'number') ?? []);
}

function branchOf(suite: unknown): readonly string[] {
  const branch = textAt(suite, 'head_branch');
  return branch === null ? [] : [branch];
}

function basesOf(payload: unknown, check: unknown): readonly string[] {
  const bases = listAt(check, 'pull_requests').flatMap((pull) => textAt(pull, 'base', 'ref') ?? []);
  if (bases.length > 0) return [...new Set(bases)];
  const usual = textAt(payload, 'repository', 'default_branch');
  return usual === null ? [] : [usual];
}
