/** Whether histories replay with a build: what a check says before that build is deployed. */

export interface ReplayFault {
  /** Of a recorded history: its file. */
  readonly workflowId: string;
  /** Where the history and the code part; null: the fault does not tell. */
  readonly eventId: number | null;
  readonly message: string;
}

export interface ReplayReport {
  readonly replayed: number;
  readonly faults: readonly ReplayFault[];
}

/** Temporal names the event in words, such as `HistoryEvent(id: 5, …)`. */
export function replayFault(workflowId: string, error: Error): ReplayFault {
  const [, eventId] = /HistoryEvent\(id: (\d+)/.exec(error.message) ?? [];
  return {
    workflowId,
    eventId: eventId === undefined ? null : Number(eventId),
    message: error.message,
  };
}
