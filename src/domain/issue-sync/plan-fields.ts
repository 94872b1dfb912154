/** The fields of an issue that has both a file and a side at the host, and from what base they are merged. */
import { isSameField } from './canon.js';
import type { FileNow, IssueInput } from './issue-plan.js';
import { type Answers, type FieldsPlan, mergeFields } from './merge-fields.js';
import { without } from './merge-sets.js';
import type { BaseRecord, HostIssue, IssueFields } from './shapes.js';

export type WithHost = IssueInput & { readonly host: HostIssue };
export type WithBoth = WithHost & { readonly file: FileNow };

/** `base` is the one of the input, or what stands for it where an issue was just made of the file. */
export function planFields(input: WithBoth): {
  readonly base: BaseRecord | null;
  readonly plan: FieldsPlan;
} {
  const { file, host, policy, answers, refused, nowMs } = input;
  const base = startOf(input);
  const plan = mergeFields({
    asked: input.linking,
    base: input.isHostOnly ? hostOnly(base, file.file.fields) : base,
    file: file.file.fields,
    host: host.fields,
    hostMarkers: host.markers,
    policies: policy.fields,
    answers: input.isHostOnly ? withoutMerged(answers) : answers,
    refused,
    fileAtMs: file.atMs,
    hostAtMs: host.updatedAtMs,
    nowMs,
  });
  return { base, plan };
}

function startOf({ base, file, host, madeOf }: WithBoth): BaseRecord | null {
  if (base !== null) return base;
  if (madeOf === null) return null;
  // Whom or what the host did not take is asked for once more, and then refused by name.
  const assignees = without(madeOf.assignees, without(madeOf.assignees, host.fields.assignees));
  const isAsMade = isSameField('milestone', host.fields.milestone, madeOf.milestone);
  const milestone = isAsMade ? madeOf.milestone : null;
  const fields: IssueFields = { ...madeOf, state: 'open', reason: null, assignees, milestone };
  return {
    version: 1,
    id: host.id,
    number: host.number,
    path: file.file.path,
    file: fields,
    host: fields,
    questions: {},
    comments: [],
    updatedAtMs: 0,
    tombstone: null,
  };
}

/** What was merged is in the file, of which nothing counts. */
function withoutMerged(answers: Answers): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([, { take }]) => take !== 'merged'));
}

/** As if nobody had ever changed the file. */
function hostOnly(base: BaseRecord | null, fields: IssueFields): BaseRecord | null {
  return base === null ? null : { ...base, file: fields, host: fields, questions: {} };
}
