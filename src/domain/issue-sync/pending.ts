/** Records of issues whose file is written on a branch that waits to be merged. */
import { changedFields, fieldNames } from './canon.js';
import { without } from './merge-sets.js';
import type { BaseRecord, FieldName, IssueFields, IssueFile, Question } from './shapes.js';

export function isPending({ questions }: BaseRecord): boolean {
  return Object.values(questions).some(({ kind }) => kind === 'pending');
}

/** As if nothing had been written for it yet, so that it is worked out anew; null: its first file is still to come. */
export function withoutPending(base: BaseRecord): BaseRecord | null {
  if (!isPending(base)) return base;
  if (base.path === null) return null;
  const questions: Partial<Record<FieldName, Question>> = {};
  const back: Partial<Record<FieldName, unknown>> = {};
  for (const [name, question] of Object.entries(base.questions) as [FieldName, Question][]) {
    if (question.kind === 'pending') back[name] = base.file[name];
    else questions[name] = question;
  }
  return { ...base, host: { ...base.host, ...(back as Partial<IssueFields>) }, questions };
}

/**
 * What is noted while the file waits.
 * @param settled as it will be once the file is merged
 * @param file as it is now; null: it is still to come
 * @param before the record there is
 */
export function whilePending(
  settled: BaseRecord,
  file: IssueFile | null,
  before: BaseRecord | null,
): BaseRecord {
  const pending: Question = { kind: 'pending' };
  // Comments and places of files have no question of their own: another field stands for them.
  if (file === null) {
    return { ...settled, path: null, questions: { ...settled.questions, title: pending } };
  }
  const isOwn = (name: FieldName): boolean => settled.questions[name] !== undefined;
  const waiting = changedFields(file.fields, settled.file);
  const free = waiting.filter((name) => !isOwn(name));
  // What has a question of its own keeps it: somebody is asked, or the host did not take it.
  const names = free.length > 0 ? free : [fieldNames.find((name) => !isOwn(name)) ?? 'title'];
  return {
    ...settled,
    path: file.path,
    file: file.fields,
    host: { ...settled.host, ...bothHave(file.fields, settled, waiting) },
    comments: before?.comments ?? [],
    questions: {
      ...settled.questions,
      ...Object.fromEntries(names.map((name) => [name, pending])),
    },
  };
}

/** Of names that the host took in part: what it has and the file has not is still to come there. */
function bothHave(
  file: IssueFields,
  { host, questions }: BaseRecord,
  waiting: readonly FieldName[],
): Partial<IssueFields> {
  const names = (['labels', 'assignees'] as const).filter(
    (name) => waiting.includes(name) && questions[name]?.kind === 'refused',
  );
  return Object.fromEntries(
    names.map((name) => [name, without(host[name], without(host[name], file[name]))]),
  );
}
