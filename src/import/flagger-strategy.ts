/** The analysis of a Canary as a strategy: weights, a switch, or testers by header. */
import { type Field, longestMs } from './field.js';
import { headerName } from './written-step.js';
import type { Hooks } from './flagger-webhooks.js';
import type { Notebook } from './notes.js';
import { written } from './project-file.js';

type Written = Readonly<Record<string, unknown>>;

export interface AnalysisContext {
  readonly intervalMs: number;
  readonly instances: number;
  readonly hooks: Hooks;
  readonly timing: Written;
  /** The provider cannot split: one switch, however it is written. */
  readonly mustSwitch: boolean;
  /** The router can tell testers by a header. */
  readonly hasHeaders: boolean;
  readonly book: Notebook;
}

const mostIterations = 100_000;
/** What the provider without a router falls back to. */
const usualIterations = 10;

export function convertAnalysis(analysis: Field, context: AnalysisContext): Written {
  const { mustSwitch } = context;
  const iterations = analysis.at('iterations').whole(0, mostIterations) ?? 0;
  const testers = analysis.at('match').items();
  if (iterations * context.intervalMs > longestMs) {
    analysis.at('iterations').fault('an analysis of ten years at most');
  }
  if (mustSwitch)
    return bySwitch(analysis.at('iterations'), iterations || usualIterations, context);
  if (iterations > 0 && testers.length > 0) return byHeader(testers, iterations, context);
  if (iterations > 0) return bySwitch(analysis.at('iterations'), iterations, context);
  return byWeights(weightsOf(analysis, context.book), context);
}

function weightsOf(analysis: Field, book: Notebook): readonly number[] {
  const step = analysis.at('stepWeight').whole(0, 100) ?? 0;
  const most = analysis.at('maxWeight').whole(0, 100) || 100;
  const list = analysis.at('stepWeights');
  const listed = list.items().map((weight) => weight.whole(0, 100) ?? 0);
  if (step > 0) {
    if (list.value !== undefined) {
      for (const weight of list.items()) {
        book.unexpressed(weight, 'stepWeight stands beside it and wins', 'nothing');
      }
    }
    return Array.from({ length: Math.ceil(most / step) }, (_, at) =>
      Math.min(100, step * (at + 1)),
    );
  }
  const weights: number[] = [];
  for (const [index, weight] of listed.entries()) {
    if (weight > (weights.at(-1) ?? 0)) weights.push(weight);
    else book.unexpressed(list.at(index), 'weights only ascend', 'nothing');
  }
  return weights;
}

function byWeights(weights: readonly number[], context: AnalysisContext): Written {
  const { intervalMs, hooks, timing } = context;
  const analysis = { analysis: { for: written(intervalMs) } };
  const shifts = (weights.length > 0 ? weights : [100]).flatMap((weight, index) => [
    ...(index > 0 ? hooks.beforeMore : []),
    { setWeight: weight },
    ...hooks.atEachWeight,
    analysis,
  ]);
  return { canary: { steps: [...hooks.before, ...shifts, ...hooks.beforePromotion], ...timing } };
}

function bySwitch(at: Field, iterations: number, context: AnalysisContext): Written {
  const { intervalMs, instances, hooks, timing, book } = context;
  const judged = written(iterations * intervalMs);
  const why =
    'a side without users has nothing to count: it is smoke-tested, then judged after the switch';
  book.different(at, why, `all traffic at once, judged for ${judged}`);
  const asked = [...hooks.before, ...hooks.atEachWeight, ...hooks.beforePromotion];
  if (asked.length === 0) return { blueGreen: { weights: [100], postSwitch: judged, ...timing } };
  return {
    canary: {
      steps: [
        { setScale: { instances } },
        { setWeight: 0 },
        { smokeTest: {} },
        ...asked,
        { setWeight: 100 },
        { analysis: { for: judged } },
      ],
      ...timing,
    },
  };
}

function byHeader(
  testers: readonly Field[],
  iterations: number,
  context: AnalysisContext,
): Written {
  const { intervalMs, hooks, timing, book } = context;
  const exact = context.hasHeaders ? testers.flatMap(exactHeader) : [];
  const [first, ...others] = exact;
  for (const other of others) {
    const why = 'one header with one exact value leads to the candidate';
    book.unexpressed(other.match, why, 'let testers send that one');
  }
  first?.field.at('exact').use();
  const route = first && { headerRoute: { header: first.header, value: first.value } };
  if (route === undefined) {
    const why =
      'nothing in it tells testers by one exact value of a header that the router can match';
    const [match] = testers;
    if (match) book.fillIn(match, why, 'a share of 10 % of all users: setWeight: 10');
  }
  const analysis = { analysis: { for: written(iterations * intervalMs) } };
  const steps = [
    ...hooks.before,
    route ?? { setWeight: 10 },
    ...hooks.atEachWeight,
    analysis,
    ...hooks.beforePromotion,
  ];
  return { canary: { steps, ...timing } };
}

/** Matches that ask for more than one header, or for something else beside it, are no tester's mark. */
function exactHeader(match: Field) {
  const headers = match.at('headers').entries();
  const [only, ...more] = headers;
  if (only === undefined || more.length > 0 || match.entries().length !== 1) return [];
  const [header, field] = only;
  if (headerName(header) === undefined) return [];
  const value = field.at('exact').value;
  return typeof value === 'string' && value !== '' ? [{ header, value, field, match }] : [];
}
