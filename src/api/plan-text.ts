/** A plan as people read it: the one text for the API, the command line and comments elsewhere. */
import type { PredictedDuration } from '../domain/rollout/predict.js';
import { formatDuration } from '../domain/time.js';
import type { PlanStage, ReleasePlan } from './schemas/plan.js';

/** One line each, without control characters. */
export function planText(plan: Omit<ReleasePlan, 'text'>): string[] {
  const lines = [
    `${plan.service} ${plan.version}`,
    ...plan.stages.flatMap(stageText),
    `takes ${durationText(plan.duration)}`,
    ...plan.notes.map((note) => `note: ${note}`),
  ];
  return lines.map(onOneLine);
}

function stageText(stage: PlanStage, at: number): readonly string[] {
  return [
    `${at + 1}. ${stage.environment}  ${stage.strategy} on ${stage.platform}`,
    ...stage.gates.map((gate) => `   gate    ${gate}`),
    ...stage.steps.map((step) => `   ${step}`),
    ...stage.changes.map((change) => `   ${change}`),
    ...stage.finds.map((found) => `   reach   ${found}`),
    ...stage.health.map((limit) => `   health  ${limit}`),
    ...(stage.soakMs > 0 ? [`   soak    ${formatDuration(stage.soakMs)}`] : []),
    ...(stage.verification === null ? [] : [`   verify  ${stage.verification}`]),
    `   takes   ${durationText(stage.duration)}`,
    `   on failure: ${onFailure[stage.onFailure]}`,
  ];
}

/** @example 'at least 6m30s, and until a person acts' */
function durationText({ atLeastMs, waitsForPeople }: PredictedDuration): string {
  const people = waitsForPeople === 1 ? 'a person acts' : `people act ${waitsForPeople} times`;
  const and = waitsForPeople === 0 ? '' : `, and until ${people}`;
  return `at least ${formatDuration(atLeastMs)}${and}`;
}

const onFailure = {
  rollBackAndStop: 'roll back and stop',
  hold: 'hold for a person',
} as const;

function onOneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\p{Cc}/gu, '');
}
