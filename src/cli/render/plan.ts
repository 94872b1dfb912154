/** A plan as text: the stages in order with their gates, steps and limits. */
import type { ReleasePlan } from '../../api/schemas/plan.js';
import { formatDuration } from '../../domain/time.js';
import { harmless, type Paint } from './paint.js';

export function renderPlan(plan: ReleasePlan, paint: Paint): string[] {
  const lines = [paint('bold', `${plan.service} ${plan.version}`)];
  plan.stages.forEach((stage, at) => {
    const title = paint('bold', stage.environment);
    lines.push(`${at + 1}. ${title}  ${stage.strategy} on ${stage.platform}`);
    for (const gate of stage.gates) lines.push(`   gate    ${harmless(gate)}`);
    for (const step of stage.steps) lines.push(`   ${harmless(step)}`);
    for (const change of stage.changes) lines.push(`   ${paintChange(change, paint)}`);
    for (const found of stage.finds) lines.push(paint('dim', `   reach   ${harmless(found)}`));
    for (const limit of stage.health) lines.push(paint('dim', `   health  ${limit}`));
    if (stage.soakMs > 0) lines.push(`   soak    ${formatDuration(stage.soakMs)}`);
    if (stage.verification !== null) lines.push(`   verify  ${harmless(stage.verification)}`);
    lines.push(paint('dim', `   on failure: ${onFailure[stage.onFailure]}`));
  });
  for (const note of plan.notes) lines.push(`note: ${harmless(note)}`);
  return lines;
}

const changeColours: Readonly<Record<string, Parameters<Paint>[0]>> = {
  '+': 'green',
  '~': 'yellow',
  '=': 'dim',
  '!': 'red',
  '?': 'dim',
};

/** By the sign that the line begins with; what is indented belongs to the line above. */
function paintChange(line: string, paint: Paint): string {
  const colour = changeColours[line.charAt(0)];
  const text = harmless(line);
  return colour === undefined ? text : paint(colour, text);
}

const onFailure = {
  rollBackAndStop: 'roll back and stop',
  hold: 'hold for a person',
} as const;
