/** Every call of a port as a span beneath the activity that asks: what an adapter does outside is seen by its name. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityPorts } from '../activities/ports.js';
import type { SpanAttributes, Tracing } from '../ports/tracing.js';

/** A watch asks by the second for days: of one attempt so many calls are shown, and of the rest those that fail. */
const mostCalls = 100;

interface Calls {
  left: number;
  unshown: number;
}

/** Of the attempt under way; calls outside of one are not shown. */
const callsOf = new AsyncLocalStorage<Calls>();

/** @returns what the work returns; `told` hears of how many calls nothing was shown */
export async function countCalls<T>(
  work: () => Promise<T>,
  told: (unshown: number) => void,
): Promise<T> {
  const calls: Calls = { left: mostCalls, unshown: 0 };
  try {
    return await callsOf.run(calls, work);
  } finally {
    if (calls.unshown > 0) told(calls.unshown);
  }
}

/** Those that ask somebody else; what asks Temporal is seen by its client. No argument is looked at. */
export function traceCalls(ports: ActivityPorts, tracing: Tracing | null): ActivityPorts {
  if (tracing === null) return ports;
  const { codeHost, mergeTrees, issueTree, issueTreeOverApi, gate, evidence, ledger } = ports;
  const one = <Port extends object>(name: string, port: Port, attributes?: SpanAttributes): Port =>
    traced(tracing, name, port, attributes);
  const all = <Port extends object>(
    kind: string,
    named: Readonly<Record<string, Port>>,
  ): Readonly<Record<string, Port>> =>
    Object.fromEntries(
      Object.entries(named).map(([name, port]) => [
        name,
        one(kind, port, { [`sluice.${kind}`]: name }),
      ]),
    );
  return {
    ...ports,
    platforms: all('platform', ports.platforms),
    ...(ports.series && { series: all('series', ports.series) }),
    ...(codeHost && { codeHost: one('codeHost', codeHost) }),
    ...(mergeTrees && { mergeTrees: one('mergeTrees', mergeTrees) }),
    ...(issueTree && { issueTree: one('issueTree', issueTree) }),
    ...(issueTreeOverApi && { issueTreeOverApi: one('issueTree', issueTreeOverApi) }),
    gate: one('gate', gate),
    evidence: one('evidence', evidence),
    ledger: one('ledger', ledger),
  };
}

type Method = (...args: readonly unknown[]) => unknown;

/** Parts of a port are ports themselves: `platform.router.applySplit`. */
function traced<Port extends object>(
  tracing: Tracing,
  path: string,
  port: Port,
  attributes: SpanAttributes = {},
): Port {
  return new Proxy(port, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      const name = `${path}.${String(key)}`;
      if (typeof found === 'function') {
        const method: Method = (...args) => Reflect.apply(found, target, args);
        return (...args: readonly unknown[]) => call(tracing, name, attributes, method, args);
      }
      return isPart(found) ? traced(tracing, name, found, attributes) : found;
    },
  });
}

function isPart(found: unknown): found is object {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

function call(
  tracing: Tracing,
  name: string,
  attributes: SpanAttributes,
  method: Method,
  args: readonly unknown[],
): unknown {
  const calls = callsOf.getStore();
  const under = tracing.here();
  if (calls === undefined || under === null) return method(...args);
  const startMs = Date.now();
  const answer = method(...args);
  // What answers at once asks nobody, and of a stream nobody knows when it ends.
  if (!(answer instanceof Promise)) return answer;
  const isShown = calls.left > 0;
  if (isShown) calls.left--;
  else calls.unshown++;
  const tell = (fault: string | null): void => {
    if (!isShown && fault === null) return;
    const endMs = Date.now();
    tracing.record({ name, kind: 'client', attributes, under, startMs, endMs, fault });
  };
  answer.then(
    () => tell(null),
    (error: unknown) => tell(error instanceof Error ? error.message : String(error)),
  );
  return answer;
}
