/** What has to be sent for one write, in parts of a mutation, and whether an issue is as such a part wants it. */
import { canonicalBody, canonicalTitle, nameKey } from '../../domain/issue-sync/canon.js';
import type { FieldName, HostIssue } from '../../domain/issue-sync/shapes.js';
import type { HostChange } from '../../domain/issue-sync/issue-plan.js';
import type { Names } from './synced-issues-names.js';
import type { MutationPart } from './synced-issues-queries.js';

export interface Step extends MutationPart {
  readonly fields: readonly FieldName[];
  readonly isSo: (issue: HostIssue) => boolean;
}

export interface Refusal {
  readonly field: FieldName;
  readonly reason: string;
}

/** @param prefix of the aliases: none other begins with it */
export function stepsFor(
  write: HostChange,
  names: Names,
  prefix: string,
): { readonly steps: readonly Step[]; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = [];
  const all = [
    ...labelSteps(write, names, refused),
    ...assigneeSteps(write, names, refused),
    ...textSteps(write, names, refused),
    ...stateSteps(write),
  ];
  const steps = all.map((step, index) => ({
    ...step,
    ...{ alias: `${prefix}${index}`, isLast: index === all.length - 1 },
  }));
  return { steps, refused };
}

type Draft = Omit<Step, 'alias' | 'isLast'>;

function has(names: readonly string[], name: string): boolean {
  return names.some((one) => nameKey(one) === nameKey(name));
}

function labelSteps({ id, ...write }: HostChange, names: Names, refused: Refusal[]): Draft[] {
  const add = write.addLabels ?? [];
  // What no label is called cannot be on it.
  const remove = (write.removeLabels ?? []).filter((name) => names.label(name) !== null);
  const known = add.filter((name) => names.label(name) !== null);
  for (const name of add.filter((one) => !known.includes(one))) {
    refused.push({ field: 'labels', reason: names.whyNoLabel(name) });
  }
  const draft = (field: Draft['field'], wanted: readonly string[], isOn: boolean): Draft => ({
    ...{ field, fields: ['labels'] },
    input: { labelableId: id, labelIds: wanted.map(names.label) },
    isSo: ({ fields }) => wanted.every((name) => has(fields.labels, name) === isOn),
  });
  return [
    ...(known.length > 0 ? [draft('addLabelsToLabelable', known, true)] : []),
    ...(remove.length > 0 ? [draft('removeLabelsFromLabelable', remove, false)] : []),
  ];
}

export function refuseLogin(login: string): Refusal {
  return { field: 'assignees', reason: `"${login}" cannot be assigned in this repository` };
}

export function refuseMilestone(title: string): Refusal {
  return { field: 'milestone', reason: `there is no milestone "${title}"` };
}

function assigneeSteps({ id, ...write }: HostChange, names: Names, refused: Refusal[]): Draft[] {
  const add = write.addAssignees ?? [];
  const known = add.filter((login) => names.login(login) !== null);
  refused.push(...add.filter((login) => !known.includes(login)).map(refuseLogin));
  const remove = (write.removeAssignees ?? []).filter((login) => names.assignee(login) !== null);
  return [
    ...(known.length > 0
      ? [
          {
            ...({ field: 'addAssigneesToAssignable', fields: ['assignees'] } as const),
            input: { assignableId: id, assigneeIds: known.map(names.login) },
            isSo: ({ fields }: HostIssue) => known.every((login) => has(fields.assignees, login)),
          },
        ]
      : []),
    ...(remove.length > 0
      ? [
          {
            ...({ field: 'removeAssigneesFromAssignable', fields: ['assignees'] } as const),
            input: { assignableId: id, assigneeIds: remove.map(names.assignee) },
            isSo: ({ fields }: HostIssue) => !remove.some((login) => has(fields.assignees, login)),
          },
        ]
      : []),
  ];
}

/** Each by itself, so that one which is too long does not hold the others back. */
function textSteps({ id, ...write }: HostChange, names: Names, refused: Refusal[]): Draft[] {
  const { title, body, milestone } = write;
  const milestoneId = milestone == null ? null : names.milestone(milestone);
  const isMissing = milestone != null && milestoneId === null;
  if (isMissing) refused.push(refuseMilestone(milestone));
  const draft = (field: FieldName, input: object, isSo: Draft['isSo']): Draft => ({
    ...{ field: 'updateIssue', fields: [field], input: { id, ...input }, isSo },
  });
  return [
    ...(title === undefined
      ? []
      : [draft('title', { title }, ({ fields }) => fields.title === canonicalTitle(title))]),
    ...(body === undefined
      ? []
      : [draft('body', { body }, ({ fields }) => fields.body === canonicalBody(body))]),
    ...(milestone === undefined || isMissing
      ? []
      : [
          draft(
            ...(['milestone', { milestoneId }] as const),
            ({ fields }) => nameKey(fields.milestone ?? '') === nameKey(milestone ?? ''),
          ),
        ]),
  ];
}

function stateSteps({ id, ...write }: HostChange): Draft[] {
  const { state, reason = null } = write;
  if (state === 'open') {
    const isSo = ({ fields }: HostIssue) => fields.state === 'open';
    return [{ field: 'reopenIssue', fields: ['state'], input: { issueId: id }, isSo }];
  }
  // A reason alone is one more closing.
  if (state === undefined && reason === null) return [];
  const stateReason = reason === null ? {} : { stateReason: reason.toUpperCase() };
  return [
    {
      ...{ field: 'closeIssue', fields: ['state', 'reason'] },
      input: { issueId: id, ...stateReason },
      isSo: ({ fields }) =>
        fields.state === 'closed' && (reason === null || fields.reason === reason),
    },
  ];
}
