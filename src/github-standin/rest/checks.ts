/** Check runs and commit statuses. */
import { addCheck, addStatus, changeCheck, type CheckChange } from '../acts/checks.js';
import { combinedState, runsOf, statusesOf } from '../acts/verdicts.js';
import { forbidden, invalidField, notFound } from '../problem.js';
import { showCheckRun, showSimpleStatus, showStatus } from '../present/check.js';
import { apiUrl, showMinimalRepository } from '../present/repository.js';
import type { App, CheckRun, Status } from '../state.js';
import {
  type Call,
  created,
  needed,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  text,
} from './call.js';
import { commitAt } from './commits.js';

const repo = '/repos/{owner}/{repo}';

/** Only apps report check runs; a person's token may not. */
function appOf(call: Call): App {
  if (call.actor.app === null) {
    throw forbidden('You must authenticate via a GitHub App.');
  }
  return call.actor.app;
}

function runOf(call: Call): CheckRun {
  const id = numberParam(call, 'check_run_id');
  const found = call.repository().checkRuns.find((run) => run.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function changeOf(call: Call): CheckChange {
  const name = text(call, 'name');
  const status = text(call, 'status') as CheckRun['status'] | undefined;
  const conclusion = text(call, 'conclusion');
  const externalId = text(call, 'external_id');
  const detailsUrl = text(call, 'details_url');
  const output = call.body['output'] as CheckChange['output'];
  if (status === 'completed' && conclusion === undefined) {
    throw invalidField('CheckRun', 'conclusion', 'missing_field');
  }
  if ((output?.summary?.length ?? 0) > 65_535) throw invalidField('CheckRun', 'summary');
  if ((output?.annotations?.length ?? 0) > 50) throw invalidField('CheckRun', 'annotations');
  return {
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
    ...(conclusion === undefined ? {} : { conclusion }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(detailsUrl === undefined ? {} : { detailsUrl }),
    ...(output === undefined ? {} : { output }),
  };
}

const shown = (call: Call, run: CheckRun) => showCheckRun(call.world, call.repository(), run);

export const checkOperations: readonly Operation[] = [
  operation('checks/create', `POST ${repo}/check-runs`, 'checks:write', async (call) => {
    const app = appOf(call);
    const { sha } = await commitAt(call, needed(call, 'head_sha'));
    const init = { name: needed(call, 'name'), sha, ...changeOf(call) };
    return created(shown(call, await addCheck(call.scene(), app, init)));
  }),
  operation('checks/get', `GET ${repo}/check-runs/{check_run_id}`, 'checks:read', (call) =>
    ok(shown(call, runOf(call))),
  ),
  operation(
    'checks/update',
    `PATCH ${repo}/check-runs/{check_run_id}`,
    'checks:write',
    async (call) => {
      const run = runOf(call);
      if (run.app.id !== appOf(call).id)
        throw forbidden(
          'Invalid app_id `' +
            run.app.id +
            '` - check run can only be modified by the GitHub App that created it.',
        );
      await changeCheck(call.scene(), run, changeOf(call));
      return ok(shown(call, run));
    },
  ),
  operation(
    'checks/list-annotations',
    `GET ${repo}/check-runs/{check_run_id}/annotations`,
    'checks:read',
    (call) => {
      const run = runOf(call);
      return paged(call, run.annotations, (one) => ({
        start_column: null,
        end_column: null,
        title: null,
        raw_details: null,
        blob_href: '',
        ...one,
      }));
    },
  ),
  operation(
    'checks/list-for-ref',
    `GET ${repo}/commits/{+ref}/check-runs`,
    'checks:read',
    async (call) => {
      const { sha } = await commitAt(call, call.params['ref'] ?? '');
      const { check_name: name, status, app_id: app } = call.query;
      const filter = call.query['filter'] === 'all' ? 'all' : 'latest';
      const rows = runsOf(call.world, call.repository(), sha, filter).filter(
        (run) =>
          (name === undefined || run.name === name) &&
          (status === undefined || run.status === status) &&
          (app === undefined || String(run.app.id) === app),
      );
      return paged(
        call,
        rows,
        (run) => shown(call, run),
        (check_runs, total_count) => ({ total_count, check_runs }),
      );
    },
  ),
  operation(
    'repos/create-commit-status',
    `POST ${repo}/statuses/{sha}`,
    'statuses:write',
    async (call) => {
      const { sha } = await commitAt(call, call.params['sha'] ?? '').catch(() => {
        throw invalidField('Status', 'sha');
      });
      const state = needed(call, 'state') as Status['state'];
      if (!['error', 'failure', 'pending', 'success'].includes(state)) {
        throw invalidField('Status', 'state');
      }
      const status = await addStatus(call.scene(), {
        sha,
        context: text(call, 'context') ?? 'default',
        state,
        description: text(call, 'description') ?? null,
        targetUrl: text(call, 'target_url') ?? null,
      });
      return created(showStatus(call.world, call.repository(), status));
    },
  ),
  operation(
    'repos/get-combined-status-for-ref',
    `GET ${repo}/commits/{+ref}/status`,
    'statuses:read',
    async (call) => {
      const repository = call.repository();
      const { sha } = await commitAt(call, call.params['ref'] ?? '');
      const statuses = statusesOf(call.world, repository, sha);
      const url = `${apiUrl(call.world, repository)}/commits/${sha}`;
      return paged(
        call,
        statuses,
        (one) => showSimpleStatus(call.world, repository, one),
        (page, total_count) => ({
          state: combinedState(statuses),
          statuses: page,
          sha,
          total_count,
          repository: showMinimalRepository(call.world, repository),
          commit_url: url,
          url: `${url}/status`,
        }),
      );
    },
  ),
  operation(
    'repos/list-commit-statuses-for-ref',
    `GET ${repo}/commits/{+ref}/statuses`,
    'statuses:read',
    async (call) => {
      const repository = call.repository();
      const { sha } = await commitAt(call, call.params['ref'] ?? '');
      const rows = [...(repository.statuses.get(sha) ?? [])].reverse();
      return paged(call, rows, (one) => showStatus(call.world, repository, one));
    },
  ),
];
