/** Rollouts as a list over HTTP: what moves now, and what moved last at every target. */
import { environmentPath, parseRolloutWorkflowId } from '../domain/names.js';
import { workflowTypes } from '../domain/wire-names.js';
import {
  environmentKey,
  needsAttentionKey,
  phaseKey,
  serviceKey,
  strategyKey,
  trafficWeightKey,
  versionKey,
} from '../workflows/search-attributes.js';
import { defineOperation } from './operation.js';
import { rolloutLocationOf } from './paths.js';
import { phaseOf } from './releases.js';
import { noQuery } from './schemas/names.js';
import { type RolloutList, rolloutList, rolloutListQuery } from './schemas/rollout-list.js';
import {
  attributeIn,
  attributeIs,
  isRunning,
  listVisible,
  typeIs,
  type VisibleWorkflow,
} from './visibility.js';

export const rolloutListOperations = [
  defineOperation({
    id: 'listRollouts',
    method: 'get',
    path: '/v1/rollouts',
    tag: 'rollouts',
    summary: 'List rollouts, newest first',
    description: 'From an index that may lag behind by a second.',
    scope: 'read',
    lane: 'read',
    narrows: true,
    params: noQuery,
    query: rolloutListQuery,
    body: null,
    success: { status: 200, description: 'One page.', schema: rolloutList },
    failures: [],
    async handle({ query, bearer }, deps) {
      const conditions = [
        typeIs(workflowTypes.rollout),
        ...(query.running === true ? [isRunning] : []),
        ...attributeIs(serviceKey, query.service),
        ...attributeIn(serviceKey, bearer.services),
        ...attributeIs(environmentKey, query.environment),
        ...attributeIs(phaseKey, query.phase),
      ];
      const page = await listVisible(deps, conditions, query);
      const body: RolloutList = { items: page.items.map(rowOf), nextCursor: page.nextCursor };
      return { body };
    },
  }),
];

function rowOf(row: VisibleWorkflow): RolloutList['items'][number] {
  const { target, n } = parseRolloutWorkflowId(row.workflowId);
  return {
    rolloutId: row.workflowId,
    service: target.service,
    environment: environmentPath(target),
    n,
    version: row.attribute(versionKey),
    strategy: row.attribute(strategyKey),
    phase: phaseOf(row.attribute(phaseKey)),
    weight: row.count(trafficWeightKey),
    needsAttention: row.attribute(needsAttentionKey),
    startedAt: new Date(row.startedAtMs).toISOString(),
    endedAt: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
    location: rolloutLocationOf(row.workflowId),
  };
}
