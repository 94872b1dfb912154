/** Where a workflow is seen in the Temporal UI. */

/** Null when the installation names none. */
export function temporalLink(temporalUiUrl: string | null, workflowId: string): string | null {
  if (temporalUiUrl === null) return null;
  return `${temporalUiUrl.replace(/\/$/, '')}/workflows/${encodeURIComponent(workflowId)}`;
}
