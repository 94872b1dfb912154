/** The steps of an Argo Rollouts canary, one after the other, as steps of sluice.yaml. */
import { readDuration } from '../domain/time.js';
import type { Analyses } from './argo-analysis.js';
import { type Field, longestMs } from './field.js';
import type { Notebook } from './notes.js';
import { written } from './project-file.js';
import { headerName, type WrittenStep } from './written-step.js';

export interface StepsContext {
  /** Instances at full scale. */
  readonly replicas: number;
  /** What stands for all traffic; 100 unless the router counts in other parts. */
  readonly maxWeight: number;
  /** Whether the router can tell testers by a header. */
  readonly hasHeaders: boolean;
  readonly analyses: Analyses;
  readonly book: Notebook;
}

export function convertSteps(steps: Field, context: StepsContext): readonly WrittenStep[] {
  const result: WrittenStep[] = [];
  let weight = -1;
  for (const step of steps.items()) {
    const set = step.at('setWeight');
    if (set.value === undefined) {
      result.push(...convertStep(step, context));
      continue;
    }
    const next = weightOf(set, context);
    if (next === undefined) continue;
    if (next > weight) {
      result.push({ setWeight: next });
      weight = next;
    } else if (next === weight) {
      context.book.different(set, `the weight is ${weight} already`, 'no step');
    } else {
      const why = `weights only ascend, and ${weight} stands before it`;
      context.book.unexpressed(set, why, 'sluice abort takes all traffic back');
    }
  }
  return result;
}

function weightOf(field: Field, { maxWeight, book }: StepsContext): number | undefined {
  const seen = field.whole(0, maxWeight);
  if (seen === undefined || maxWeight === 100) return seen;
  const weight = Math.round((seen * 100) / maxWeight);
  const what = `weights are whole per cent, and ${maxWeight} stands for all traffic here`;
  book.different(field, what, `setWeight: ${weight}`);
  return weight;
}

function convertStep(step: Field, context: StepsContext): readonly WrittenStep[] {
  const { book, analyses } = context;
  const [kind] = step.entries().map(([key]) => key);
  switch (kind) {
    case 'pause':
      return pause(step.at('pause'));
    case 'analysis': {
      const forMs = analyses.use(step.at('analysis', 'templates'));
      return [{ analysis: { for: written(forMs) } }];
    }
    case 'setCanaryScale':
      return scale(step.at('setCanaryScale'), context);
    case 'setHeaderRoute':
      if (context.hasHeaders) return headerRoute(step.at('setHeaderRoute'), book);
      book.unexpressed(
        step.at('setHeaderRoute'),
        'this router cannot tell testers',
        'another router',
      );
      return [];
    default:
      return [];
  }
}

function pause(field: Field): readonly WrittenStep[] {
  const duration = field.at('duration');
  if (duration.value === undefined || duration.value === null) return [{ pause: {} }];
  const ms = secondsOrDuration(duration.use());
  if (ms === null) return duration.fault('seconds, or a duration such as 30s, 10m or 1h30m') ?? [];
  return [{ pause: { for: written(ms) } }];
}

/** A number without a unit counts seconds, as a text too. */
function secondsOrDuration(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  const ms =
    typeof seconds === 'number'
      ? seconds * 1000
      : typeof seconds === 'string'
        ? readDuration(seconds)
        : null;
  return ms !== null && ms >= 0 && ms <= longestMs ? ms : null;
}

const mostInstances = 1000;

function scale(field: Field, { replicas, book }: StepsContext): readonly WrittenStep[] {
  if (field.at('matchTrafficWeight').flag() === true) return [{ setScale: null }];
  const share = field.at('weight').whole(0, 100);
  const counted = share === undefined ? undefined : Math.ceil((replicas * share) / 100);
  const wanted = counted ?? field.at('replicas').whole(0, mostInstances);
  if (wanted === undefined) return [];
  if (wanted === 0) {
    const at = field.at(share === undefined ? 'replicas' : 'weight');
    book.different(at, 'a candidate has at least one instance', 'setScale: { instances: 1 }');
  }
  return [{ setScale: { instances: Math.max(1, wanted) } }];
}

function headerRoute(field: Field, book: Notebook): readonly WrittenStep[] {
  field.at('name').text();
  const matches = field.at('match').items();
  if (matches.length === 0) return [{ headerRoute: null }];
  const exact = matches.filter((match) => match.at('headerValue', 'exact').value !== undefined);
  const [first] = exact;
  for (const match of matches) {
    if (match === first) continue;
    const why = 'one header with one exact value leads to the candidate';
    book.unexpressed(match, why, 'let testers send that one');
  }
  if (first === undefined) return [];
  const header = headerName(first.at('headerName').text());
  const value = first.at('headerValue', 'exact').text();
  if (header === undefined)
    return first.at('headerName').fault('letters, digits and hyphens') ?? [];
  return value === undefined ? [] : [{ headerRoute: { header, value } }];
}
