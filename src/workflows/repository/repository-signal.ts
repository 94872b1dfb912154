/** The one signal by which the flows of a repository hear what happened there. */
import { defineSignal } from '@temporalio/workflow';
import { signalNames } from '../../domain/wire-names.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';

/** Arrives in any order and perhaps twice: readers go by `atMs` and `delivery`. */
export const repositoryEventSignal = defineSignal<[RepositoryEvent]>(signalNames.repositoryEvent);
