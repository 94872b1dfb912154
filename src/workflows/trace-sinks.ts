/** What workflows tell their worker of traces: no events of the history, so nothing here can change a replay. */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { TraceContext } from '../domain/trace.js';

/** What went on in a workflow, told when it is over. */
export interface WorkflowSpan {
  /** `RunWorkflow:runRollout`, `HandleUpdate:pause` */
  readonly name: string;
  readonly under: TraceContext;
  /** Of the run itself, beneath which its work stands; null: of no matter. */
  readonly spanId: string | null;
  readonly startMs: number;
  readonly endMs: number;
  /** Null: it went well. */
  readonly fault: string | null;
  readonly updateId: string | null;
}

/** May not return a promise, which the SDK would wait for. */
export interface TraceSinks extends Sinks {
  readonly traces: { ended(span: WorkflowSpan): void };
}

/** Not called during replay, so that a span is sent once. */
export const { traces } = proxySinks<TraceSinks>();
