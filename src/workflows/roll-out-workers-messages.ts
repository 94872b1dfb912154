/** What one may ask of a rollout of Sluice's own workers. */
import { defineQuery } from '@temporalio/workflow';
import type { WorkerRolloutView } from '../domain/workers/rollout.js';
import { queryNames } from '../domain/wire-names.js';

export const readWorkerRolloutQuery = defineQuery<WorkerRolloutView>(queryNames.readWorkerRollout);
