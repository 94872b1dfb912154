/** A reset in words: for the Temporal UI, for the issue that tells its stakeholders, and for the pull requests it touches. */
import { repositoryPath, type RepositoryKey } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { AffectedPull, ResetPlan } from './plan.js';
import type { ResetView } from './view.js';

const short = (sha: string): string => sha.slice(0, 12);

/** The plan as markdown: what is lost, whose it is, and what becomes of pull requests. */
export function describePlan(plan: ResetPlan): string {
  const { branch, before, toRef, after, lost, lostCount } = plan;
  const more = lostCount - lost.length;
  return [
    `\`${branch}\` goes from \`${short(before)}\` to \`${short(after)}\` (\`${toRef}\`).`,
    '',
    lostCount === 0 ? 'No commit is lost.' : `**${lostCount} commits leave it:**`,
    '',
    ...lost.map(
      ({ sha, subject, author }) =>
        `- \`${short(sha)}\` ${escapeMarkdown(subject)} (${escapeMarkdown(author)})`,
    ),
    ...(more > 0 ? [`- … and ${more} more`] : []),
    '',
    ...(plan.pulls.length === 0 ? [] : ['**Open pull requests:**', '']),
    ...plan.pulls.map((pull) => `- #${pull.number}: ${whatBecomes(pull, branch)}`),
  ]
    .join('\n')
    .trimEnd();
}

function whatBecomes({ act }: AffectedPull, branch: string): string {
  if (act.kind === 'retarget') return `goes on into \`${act.to}\``;
  return act.why === 'intoBranch'
    ? `stays open into \`${branch}\`; its author is told`
    : `comes from \`${branch}\`; its author is told`;
}

/** Mentions reach people; who has no login is named. */
export function mentionAuthors(plan: ResetPlan, notify: readonly string[]): string {
  const logins = plan.authors.flatMap(({ login }) => (login === null ? [] : [login]));
  const named = plan.authors.filter(({ login }) => login === null);
  const all = new Set([...logins, ...notify].map((each) => `@${each.replace(/^@/, '')}`));
  return [...all, ...named.map(({ name }) => escapeMarkdown(name))].join(', ');
}

export function resetIssue(
  plan: ResetPlan,
  told: {
    readonly notify: readonly string[];
    readonly requestedBy: string;
    readonly reason: string;
    readonly backup: string;
  },
): { readonly title: string; readonly body: string } {
  const people = mentionAuthors(plan, told.notify);
  return {
    title: `${plan.branch} is reset to ${plan.toRef.replace(/^refs\/heads\//, '')}`,
    body: [
      people === '' ? '' : `${people}: this concerns your commits.`,
      `Asked for by ${escapeMarkdown(told.requestedBy)}: ${escapeMarkdown(told.reason)}`,
      describePlan(plan),
      `Everything is kept at \`${told.backup}\`.`,
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

/** What stands in the issue after the reset. */
export function resetDone(repository: RepositoryKey, plan: ResetPlan, backup: string): string {
  return [
    `Done: \`${plan.branch}\` is at \`${short(plan.after)}\`, its former tip \`${short(plan.before)}\` at \`${backup}\`.`,
    `To take it back: \`${restoreCommand(repository, plan.branch, backup)}\``,
    `To take single commits along: \`git fetch origin ${backup} && git cherry-pick <commit>\``,
  ].join('\n\n');
}

function restoreCommand(repository: RepositoryKey, branch: string, backup: string): string {
  return `sluice reset restore ${repositoryPath(repository)} ${branch} --from ${backup} --reason "…"`;
}

export function pullComment(plan: ResetPlan, pull: AffectedPull, backup: string): string {
  const { branch, before, after } = plan;
  const what = `\`${branch}\` was reset from \`${short(before)}\` to \`${short(after)}\`; its commits are at \`${backup}\`.`;
  if (pull.act.kind === 'retarget') {
    return `${what}\n\nThis pull request now goes into \`${pull.act.to}\`. Rebase it if it shows commits that are not yours.`;
  }
  return pull.act.why === 'intoBranch'
    ? `${what}\n\nIf this pull request now shows commits that are not yours, rebase it onto \`${branch}\`.`
    : `${what}\n\nThis pull request comes from that branch: what it held is in the backup.`;
}

export function describeReset(view: ResetView): string {
  const { plan, phase, approvals, approvalsRequired, backup, reason, moved } = view;
  const lines = [`**${phase}** · ${repositoryPath(view.repository)} \`${view.branch}\``];
  if (reason !== null) lines.push(escapeMarkdown(reason));
  if (phase === 'AwaitingApproval') {
    lines.push(`${approvals.length} of ${approvalsRequired} approvals`);
  }
  for (const { actor, reason: why } of approvals) {
    lines.push(`approved by ${escapeMarkdown(actor)}: ${escapeMarkdown(why)}`);
  }
  if (moved > 0) lines.push(`the branch moved ${moved} times: planned anew, approvals void`);
  if (backup !== null) {
    lines.push(
      `backup \`${backup}\``,
      `\`${restoreCommand(view.repository, view.branch, backup)}\``,
    );
  }
  if (plan !== null) lines.push(describePlan(plan));
  return lines.join('\n\n');
}
