/** Releases over HTTP: post, list and read them. */
import { z } from 'zod';
import { temporalLink } from '../config/temporal-link.js';
import { Failure } from '../domain/failures.js';
import { parseReleaseWorkflowId, type ReleaseKey, releaseWorkflowId } from '../domain/names.js';
import { type Phase, phases } from '../domain/phase.js';
import type { ReleaseInput } from '../domain/release/view.js';
import { workflowTypes } from '../domain/wire-names.js';
import { readReleaseQuery } from '../workflows/release-messages.js';
import {
  environmentKey,
  gitShaKey,
  needsAttentionKey,
  phaseKey,
  requestedByKey,
  serviceKey,
  versionKey,
} from '../workflows/search-attributes.js';
import type { ApiDeps } from './deps.js';
import { type Answer, defineOperation } from './operation.js';
import { releaseLocation } from './paths.js';
import { planRelease, resolveRelease } from './plans.js';
import { eventStream, lastEventId, streamText } from './schemas/event-stream.js';
import { noQuery, releasePath, streamQuery, watchQuery } from './schemas/names.js';
import { releasePlan } from './schemas/plan.js';
import {
  type ReleaseAccepted,
  type ReleaseBody,
  type ReleaseList,
  releaseAccepted,
  releaseBody,
  releaseList,
  releaseListQuery,
  releaseViewSchema,
} from './schemas/release.js';
import { startMirror } from './start-mirror.js';
import type { Watched } from './views.js';
import { claimKey, startRelease } from './start-release.js';
import { requireEnvironment } from './tokens.js';
import {
  attributeIn,
  attributeIs,
  attributeIsSet,
  listVisible,
  typeIs,
  type VisibleWorkflow,
} from './visibility.js';
import { streamView, watchView } from './watch-view.js';

const keyPattern = /^[\x21-\x7e]{1,255}$/;
const idempotencyKeyText = z.string().regex(keyPattern).optional().meta({
  description:
    'The same key with the same body is answered as before; kept as long as the Temporal namespace keeps ended workflows.',
  example: 'gha-5821-release',
});

const postRelease = defineOperation({
  id: 'postRelease',
  method: 'post',
  path: '/v1/releases',
  tag: 'releases',
  summary: 'Start a release, or join the same one',
  description:
    'The same version with the same digest is one release, however often it is posted. ' +
    'After it ended other than promoted, posting it again starts a new run.',
  scope: 'release',
  lane: 'write',
  params: noQuery,
  query: noQuery,
  body: releaseBody,
  requestHeaders: {
    'Idempotency-Key': idempotencyKeyText,
  },
  success: {
    status: 202,
    description: 'The release is on its way.',
    schema: releaseAccepted,
    headers: {
      Location: 'Path of the release.',
      'Idempotency-Replayed': '`true` when the key had been answered before.',
    },
  },
  alternative: { status: 200, description: 'With `dryRun`: the plan.', schema: releasePlan },
  failures: ['NotFound', 'DigestMismatch', 'AlreadyPromoted', 'IdempotencyKeyReused'],
  async handle({ body, bearer, header }, deps): Promise<Answer> {
    const pipeline = await resolveRelease(deps, body);
    const entry = body.from ?? pipeline.environments[0]?.environment;
    if (entry !== undefined) requireEnvironment(bearer, entry);
    if (body.dryRun) return { status: 200, body: await planRelease(deps, body, pipeline) };
    const input = inputOf(body, pipeline, bearer.owner);
    const location = releaseLocation(body);
    const key = idempotencyKey(header('idempotency-key'));
    if (key !== null) {
      const request = { tokenId: bearer.tokenId, key, body, location };
      const answered = await claimKey(deps, request, body);
      if (answered !== null) {
        const headers = { Location: answered, 'Idempotency-Replayed': 'true' };
        return { body: acceptedBody(deps, body, true), headers };
      }
    }
    const { attached } = await startRelease(deps, input);
    await startMirror(deps, input);
    return { body: acceptedBody(deps, body, attached), headers: { Location: location } };
  },
});

function inputOf(
  body: ReleaseBody,
  pipeline: ReleaseInput['pipeline'],
  requestedBy: string,
): ReleaseInput {
  return {
    service: body.service,
    version: body.version,
    digest: body.digest,
    gitSha: body.gitSha ?? null,
    pipeline,
    from: body.from ?? null,
    allowOlder: body.allowOlder,
    requestedBy,
    reason: body.reason ?? 'released through the API',
  };
}

function idempotencyKey(key: string | null): string | null {
  if (key === null || keyPattern.test(key)) return key;
  throw new Failure('InvalidInput', 'The Idempotency-Key is not valid', {
    where: 'Idempotency-Key',
    seen: `${key.length} characters`,
    limit: '1 to 255 visible ASCII characters without spaces',
    next: 'send a key such as: gha-<run id>-<job>',
  });
}

function acceptedBody(deps: ApiDeps, body: ReleaseBody, attached: boolean): ReleaseAccepted {
  const location = releaseLocation(body);
  const releaseId = releaseWorkflowId(body);
  const { service, version, digest } = body;
  const temporal = temporalLink(deps.temporalUiUrl, releaseId);
  const links = { self: location, why: `${location}/why`, temporal };
  return { releaseId, service, version, digest, location, attached, links };
}

const listReleases = defineOperation({
  id: 'listReleases',
  method: 'get',
  path: '/v1/releases',
  tag: 'releases',
  summary: 'List releases, newest first',
  description: 'From an index that may lag behind by a second.',
  scope: 'read',
  lane: 'read',
  narrows: true,
  params: noQuery,
  query: releaseListQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: releaseList },
  failures: [],
  async handle({ query, bearer }, deps) {
    const conditions = [
      typeIs(workflowTypes.release),
      ...attributeIs(serviceKey, query.service),
      ...attributeIn(serviceKey, bearer.services),
      ...attributeIs(versionKey, query.version),
      ...attributeIs(phaseKey, query.phase),
      ...attributeIs(environmentKey, query.environment),
      ...attributeIs(requestedByKey, query.requestedBy),
      ...attributeIs(gitShaKey, query.gitSha),
      ...attributeIsSet(needsAttentionKey, query.needsAttention),
    ];
    const page = await listVisible(deps, conditions, query);
    const body: ReleaseList = { items: page.items.map(rowOf), nextCursor: page.nextCursor };
    return { body };
  },
});

function rowOf(row: VisibleWorkflow): ReleaseList['items'][number] {
  const { service, version } = parseReleaseWorkflowId(row.workflowId);
  const digest = row.memo('digest');
  return {
    releaseId: row.workflowId,
    runId: row.runId,
    service: row.attribute(serviceKey) ?? service,
    version: row.attribute(versionKey) ?? version,
    digest: typeof digest === 'string' ? digest : null,
    phase: phaseOf(row.attribute(phaseKey)),
    environment: row.attribute(environmentKey),
    requestedBy: row.attribute(requestedByKey),
    startedAt: new Date(row.startedAtMs).toISOString(),
    endedAt: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
    location: releaseLocation({ service, version }),
  };
}

export function phaseOf(text: string | null): Phase | null {
  return phases.find((phase) => phase === text) ?? null;
}

const getRelease = defineOperation({
  id: 'getRelease',
  method: 'get',
  path: '/v1/releases/{service}/{version}',
  tag: 'releases',
  summary: 'Read a release, at once or when it changed',
  scope: 'read',
  lane: 'read',
  params: releasePath,
  query: watchQuery,
  body: null,
  success: {
    status: 200,
    description: 'The release as it is.',
    schema: releaseViewSchema,
  },
  failures: ['NotFound'],
  handle: (asked, deps) => watchView(deps, watchedRelease(asked.params), asked),
});

const streamRelease = defineOperation({
  id: 'streamRelease',
  method: 'get',
  path: '/v1/releases/{service}/{version}/events',
  tag: 'releases',
  summary: 'Follow a release as it changes, as server-sent events',
  description: streamText,
  scope: 'read',
  lane: 'read',
  params: releasePath,
  query: streamQuery,
  body: null,
  requestHeaders: { 'Last-Event-ID': lastEventId },
  success: { status: 200, description: 'The stream.', ...eventStream },
  failures: ['NotFound'],
  handle: async (asked, deps) => streamView(deps, watchedRelease(asked.params), asked),
});

function watchedRelease(release: ReleaseKey): Watched {
  return { workflowId: releaseWorkflowId(release), query: readReleaseQuery };
}

export const releaseOperations = [postRelease, listReleases, getRelease, streamRelease];
