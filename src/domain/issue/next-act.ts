/** What is to be done for an issue now: one act, or whom it waits for. */
import type { IssueState } from './advance.js';
import { archivedPath } from './archive-path.js';
import { branchNameOf } from './branch-name.js';
import type { SeenIssue } from './observe.js';
import type { IssuesPolicy } from './schema.js';

export type IssueAct =
  | { readonly kind: 'createBranch'; readonly name: string; readonly from: string | null }
  | { readonly kind: 'openPull'; readonly branch: string }
  | { readonly kind: 'checkBody'; readonly pull: number; readonly headSha: string }
  | { readonly kind: 'closeIssue'; readonly pull: number | null }
  | { readonly kind: 'archiveFile'; readonly from: string; readonly to: string }
  /** There is no file: the last stage is reached without an act. */
  | { readonly kind: 'end' }
  | { readonly kind: 'wait'; readonly for: string };

export interface AskedFor {
  /** A person asked for the branch, whatever the policy waits for. */
  readonly branchNow: boolean;
}

/**
 * @example nextAct(newIssue, anOpenIssue, policy, { branchNow: false })
 *   // { kind: 'createBranch', name: 'feature/issue-7-slow-search', from: null }
 */
export function nextAct(
  state: IssueState,
  seen: SeenIssue,
  policy: IssuesPolicy,
  { branchNow }: AskedFor,
): IssueAct {
  const { issue, branch, pull, file } = seen;
  switch (state.stage) {
    case 'created': {
      if (!issue) return { kind: 'end' };
      if (!branchNow) {
        if (seen.isReopened)
          return wait('new work on its branch: it was opened again after its merge');
        const lacks = lackingForBranch(issue, policy);
        if (lacks !== null) return wait(lacks);
      }
      const { pattern, from = null } = policy.branch;
      return { kind: 'createBranch', name: branchNameOf(pattern, issue), from };
    }
    case 'linked':
      return wait(`the first commit on ${state.branch}`);
    case 'branched':
      if (!branch?.hasWork) return wait(`commits on ${state.branch} that its base does not have`);
      return branch.sha === state.droppedHead
        ? wait(`another commit on ${branch.name}: its pull request was closed unmerged`)
        : { kind: 'openPull', branch: branch.name };
    case 'inReview':
      return pull
        ? { kind: 'checkBody', pull: pull.number, headSha: pull.headSha }
        : wait('its pull request');
    case 'merged':
      return { kind: 'closeIssue', pull: state.pull };
    case 'closed':
      return file !== null && policy.archive !== false
        ? { kind: 'archiveFile', from: file, to: archivedPath(policy.archive, file) }
        : { kind: 'end' };
    case 'archived':
      return { kind: 'end' };
  }
}

function wait(what: string): IssueAct {
  return { kind: 'wait', for: what };
}

/** What the policy still waits for; null when the issue may have its branch. */
function lackingForBranch(
  issue: NonNullable<SeenIssue['issue']>,
  { branch: { when, labels } }: IssuesPolicy,
): string | null {
  const empty = issue.lacks?.map((heading) => `"${heading}"`) ?? [];
  const fields = empty.length > 0 ? `something under ${empty.join(', ')} in it` : null;
  switch (when) {
    case 'created':
      return fields;
    case 'assigned':
      return issue.assignees.length > 0 ? fields : 'somebody to be assigned';
    case 'labeled': {
      const isLabeled =
        labels.length === 0
          ? issue.labels.length > 0
          : issue.labels.some((label) => labels.some((wanted) => fold(wanted) === fold(label)));
      return isLabeled ? fields : `a label${labels.length > 0 ? `: ${labels.join(' or ')}` : ''}`;
    }
  }
}

/** Labels differ in case only by mistake. */
function fold(label: string): string {
  return label.toLowerCase();
}

/** One clause, as it stands after "would" and in the list of what was done. */
export function describeAct(act: IssueAct): string {
  switch (act.kind) {
    case 'createBranch':
      return `create the branch ${act.name} from ${act.from ?? 'the default branch'}`;
    case 'openPull':
      return `open a pull request from ${act.branch}`;
    case 'checkBody':
      return `check the description of #${act.pull}`;
    case 'closeIssue':
      return `close the issue: #${act.pull} is merged`;
    case 'archiveFile':
      return `move ${act.from} to ${act.to}`;
    case 'end':
      return 'end: there is nothing left to do';
    case 'wait':
      return `wait for ${act.for}`;
  }
}
