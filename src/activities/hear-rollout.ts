/** Has rollouts shown at the code host that no release shows: begun once for each, from wherever one is heard of. */
import { beginRolloutMirror, isOfRelease } from '../domain/deployment-mirror/rollout.js';
import { parseRolloutWorkflowId } from '../domain/names.js';
import { repositoryPath } from '../domain/repository/names.js';
import { workflowTypes } from '../domain/wire-names.js';
import type { ActivityPorts } from './ports.js';

/** Does nothing where the target's rollouts are shown nowhere, or a release shows this one. @throws Unavailable */
export async function hearRollout(ports: ActivityPorts, rolloutId: string): Promise<void> {
  const { placeOfRollout, phaseLog, flows } = ports;
  if (!placeOfRollout || !phaseLog || !flows) return;
  const place = await placeOfRollout(rolloutId);
  if (place === null) return;
  const origin = await phaseLog.readOrigin(rolloutId);
  if (origin === null || isOfRelease(origin)) return;
  const begin = beginRolloutMirror(parseRolloutWorkflowId(rolloutId), origin, place);
  await flows.begin(begin.workflowId, {
    workflowType: workflowTypes.mirrorRollout,
    ...{ input: begin.input, summary: begin.summary, once: true },
    repository: repositoryPath(place.repository),
  });
}
