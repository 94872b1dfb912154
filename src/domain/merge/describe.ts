/** Merging in words: for the Temporal UI, for those whose pull request leaves the queue, and for when it is stopped. */
import { repositoryPath, type RepositoryKey } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { MergeView, SurveyedPull } from './view.js';

export function describeMerging(view: MergeView): string {
  const { phase, base, trial, suspects, freeze, wait, trouble, pulls, story } = view;
  const lines = [
    `**${phase}** · merging into \`${base}\` of ${repositoryPath(view.repository)}`,
    escapeMarkdown(view.now),
  ];
  if (freeze !== null) {
    const issue = freeze.issue === null ? '' : ` (#${freeze.issue})`;
    lines.push(`**Stopped${issue}:** ${escapeMarkdown(freeze.reason)}. Go on: update \`resume\`.`);
  }
  if (trouble !== null) lines.push(`**Nothing is decided:** ${escapeMarkdown(trouble)}`);
  if (wait !== null) {
    const until = new Date(wait.untilMs).toISOString();
    lines.push(`waits for ${escapeMarkdown(wait.what)} · ${escapeMarkdown(wait.owner)} · ${until}`);
  }
  if (trial !== null) {
    const members = trial.members.map(({ number }) => `#${number}`).join(', ');
    lines.push(`trial ${trial.n}: ${members} at \`${trial.sha.slice(0, 12)}\``);
  }
  if (suspects !== null) {
    lines.push(`one of ${suspects.members.map(({ number }) => `#${number}`).join(', ')} is bad`);
  }
  lines.push(pulls.map(pullLine).join('\n'));
  const told = story.slice(-10).toReversed();
  lines.push(told.map(({ atMs, text }) => `- ${timeOf(atMs)} ${escapeMarkdown(text)}`).join('\n'));
  return lines.filter((line) => line !== '').join('\n\n');
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

function pullLine({ number, title, why, next }: SurveyedPull): string {
  const act = next.length === 0 ? '' : ` → ${escapeMarkdown(next.join('; '))}`;
  return `- #${number} ${escapeMarkdown(title)}: ${escapeMarkdown(why)}${act}`;
}

/** To the author of a pull request that leaves the queue. */
export function ejectedText(base: string, reason: string, label: string): string {
  return [
    `This pull request left the merge queue of \`${base}\`: ${escapeMarkdown(reason)}.`,
    `When it is mended, add the label \`${label}\` again.`,
  ].join('\n\n');
}

/** To whoever should care for a wait that is too long. */
export function waitingText(owner: string, why: string, next: readonly string[]): string {
  const acts = next.map((act) => `- ${escapeMarkdown(act)}`);
  return [`@${owner.replace(/^@/, '')} ${escapeMarkdown(why)}.`, ...acts].join('\n');
}

export function freezeIssue(
  repository: RepositoryKey,
  base: string,
  pull: { readonly number: number; readonly mergeSha: string },
  reason: string,
  owner: string | null,
): { readonly title: string; readonly body: string } {
  return {
    title: `Merging into ${base} is stopped: #${pull.number} was merged wrongly`,
    body: [
      ...(owner === null ? [] : [`@${owner.replace(/^@/, '')}`]),
      `${escapeMarkdown(reason)}.`,
      `The commit is \`${pull.mergeSha}\`. Nothing more is merged into \`${base}\`.`,
      'Compare, mend or revert the commit, then go on:',
      `\`sluice merge resume ${repositoryPath(repository)} ${base} --reason "…"\``,
    ].join('\n\n'),
  };
}
