/** The write that makes an issue of the host what it is to be: only what is not so yet. */
import { hostBody, isSameField } from './canon.js';
import type { HostChange } from './issue-plan.js';
import { without } from './merge-sets.js';
import type { HostIssue, IssueFields } from './shapes.js';

/** Null: it is. */
export function planHostChange(issue: HostIssue, wanted: IssueFields): HostChange | null {
  const { fields, markers, number, id } = issue;
  const differs = (name: keyof IssueFields): boolean =>
    !isSameField(name, fields[name], wanted[name]);
  const labels = sets(fields.labels, wanted.labels);
  const assignees = sets(fields.assignees, wanted.assignees);
  const change: HostChange = {
    number,
    id,
    ...(differs('title') ? { title: wanted.title } : {}),
    ...(differs('body') ? { body: hostBody(wanted.body, markers) } : {}),
    ...(differs('state') || differs('reason')
      ? { state: wanted.state, reason: wanted.reason }
      : {}),
    ...(labels.add.length > 0 ? { addLabels: labels.add } : {}),
    ...(labels.remove.length > 0 ? { removeLabels: labels.remove } : {}),
    ...(assignees.add.length > 0 ? { addAssignees: assignees.add } : {}),
    ...(assignees.remove.length > 0 ? { removeAssignees: assignees.remove } : {}),
    ...(differs('milestone') ? { milestone: wanted.milestone } : {}),
  };
  return Object.keys(change).length > 2 ? change : null;
}

function sets(now: readonly string[], wanted: readonly string[]) {
  return { add: without(wanted, now), remove: without(now, wanted) };
}
