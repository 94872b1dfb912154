/** The worker's log: JSON lines that say which release or rollout they are about, and in which no secret survives. */
import { DefaultLogger, type Logger, type LogLevel } from '@temporalio/worker';
import type { Settings } from '../config/settings.js';
import { scrubSecrets } from '../domain/secret-text.js';
import { subjectOfWorkflow } from '../domain/subject.js';

/** Temporal's SDK has no level beyond errors. */
const levels: Readonly<Record<Settings['logLevel'], LogLevel>> = {
  ...{ fatal: 'ERROR', error: 'ERROR', warn: 'WARN', info: 'INFO', debug: 'DEBUG', trace: 'TRACE' },
  silent: 'ERROR',
};

/** @param project as `sluice.yaml` names it */
export function createWorkerLogger(
  { project, level: least }: { readonly project: string; readonly level: Settings['logLevel'] },
  write: (line: string) => void,
): Logger {
  return new DefaultLogger(levels[least], ({ level, timestampNanos, message, meta = {} }) => {
    if (least === 'silent') return;
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const { workflowId } = meta;
    const subject = typeof workflowId === 'string' ? subjectOfWorkflow(workflowId) : {};
    const line = { time, level, name: 'sluice-worker', project, message, ...subject, ...meta };
    write(`${scrubSecrets(JSON.stringify(line, printable))}\n`);
  });
}

/** Errors and bigints have no JSON of their own. */
function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
