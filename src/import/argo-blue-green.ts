/** A blue-green strategy of Argo Rollouts: a switch by evidence, or in steps when it waits for somebody. */
import type { Analyses } from './argo-analysis.js';
import { type Field, mostSeconds } from './field.js';
import type { Notebook } from './notes.js';
import { written } from './project-file.js';

type Written = Readonly<Record<string, unknown>>;

const inSteps = 'a switch that waits is written as steps: full scale, pause, 100 %, judged';

/** @param timing what both strategies of sluice.yaml share */
export function convertBlueGreen(
  blueGreen: Field,
  context: {
    readonly replicas: number;
    readonly analyses: Analyses;
    readonly timing: Written;
    readonly book: Notebook;
  },
): Written {
  const { replicas, analyses, timing } = context;
  blueGreen.at('previewService').text();
  const before = blueGreen.at('prePromotionAnalysis');
  if (before.value !== undefined) analyses.use(before.at('templates'));
  const after = blueGreen.at('postPromotionAnalysis');
  const afterMs = after.value === undefined ? null : analyses.use(after.at('templates'));
  const waits = waitOf(blueGreen, context.book);
  if (waits === null) {
    const postSwitch = afterMs === null ? {} : { postSwitch: written(afterMs) };
    return { blueGreen: { weights: [100], ...postSwitch, ...timing } };
  }
  return {
    canary: {
      steps: [
        { setScale: { instances: replicas } },
        { setWeight: 0 },
        ...(before.value === undefined ? [] : [{ smokeTest: {} }]),
        { pause: waits },
        { setWeight: 100 },
        { analysis: { for: written(afterMs ?? 60_000) } },
      ],
      ...timing,
    },
  };
}

/** The pause before the switch; null switches at once. */
function waitOf(blueGreen: Field, book: Notebook): Written | null {
  const enabled = blueGreen.at('autoPromotionEnabled');
  const wait = blueGreen.at('autoPromotionSeconds');
  const seconds = wait.whole(0, mostSeconds) ?? 0;
  if (enabled.flag() === false) {
    book.different(enabled, inSteps, 'strategy.canary.steps[]: pause: {}');
    if (seconds > 0) {
      book.different(wait, 'autoPromotionEnabled: false stands beside it and wins', 'nothing');
    }
    return {};
  }
  if (seconds === 0) return null;
  const pause = { for: written(seconds * 1000) };
  book.different(wait, inSteps, `strategy.canary.steps[]: pause: { for: ${pause.for} }`);
  return pause;
}
