/** A workflow that notes what its clock says when it is told something. */
import {
  condition,
  defineQuery,
  defineSignal,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

export interface Noted {
  /** Of the workflow's own clock. */
  readonly atMs: number;
  readonly historyLength: number;
}

export const tellSignal = defineSignal('tell');
export const notedQuery = defineQuery<readonly Noted[]>('noted');

/** Ends when it was told three times. */
export async function waitForWord(): Promise<readonly Noted[]> {
  const noted: Noted[] = [];
  setHandler(notedQuery, () => noted);
  setHandler(tellSignal, () => {
    noted.push({ atMs: Date.now(), historyLength: workflowInfo().historyLength });
  });
  await condition(() => noted.length === 3);
  return noted;
}
