/** What somebody wrote at the host between our reading and our writing of it: their text is merged again. */
import { canonicalBody, canonicalTitle, nameKey, withField } from './canon.js';
import { planHostChange } from './host-change.js';
import type { HostChange } from './issue-plan.js';
import { mergeBody } from './merge-body.js';
import { planFields, type WithBoth } from './plan-fields.js';
import type { BodyEdit, IssueFields, IssueHistory, ValueChange } from './shapes.js';

/**
 * What has to be written for nothing of people to be lost that our writes since the base passed over; null: nothing was.
 * Told from the host's history alone, so that an attempt that was cut short is made good by the next one.
 * @param input with the issue as it is after our writes
 * @param isOurs whether that login is the sync's own
 */
export function closeGap(
  input: WithBoth,
  history: IssueHistory,
  isOurs: IsOurs,
): HostChange | null {
  const { host } = input;
  const body = lostBody(input, history.bodies, isOurs) ?? host.fields.body;
  const lost = <Value>(kind: Kind<Value>): Partial<IssueFields> => {
    const back = hiddenValues(input, kind, isOurs).find(({ isLast }) => isLast);
    return back === undefined ? {} : kind.field(back.value);
  };
  return planHostChange(host, {
    ...{ ...host.fields, body },
    ...lost(titleIn(history)),
    ...lost(milestoneIn(history)),
    ...sayable(lost(stateIn(history)), host.fields),
  });
}

/**
 * Titles and milestones of people that our writes took the place of and that cannot be put back: another person has
 * written there since, without having seen them.
 */
export function passedOver(
  input: WithBoth,
  history: IssueHistory,
  isOurs: IsOurs,
): readonly { readonly field: 'title' | 'milestone'; readonly text: string }[] {
  const kept = <Value extends string | null>(field: 'title' | 'milestone', kind: Kind<Value>) =>
    hiddenValues(input, kind, isOurs).flatMap(({ value, isLast }) =>
      isLast || value === null ? [] : [{ field, text: value }],
    );
  return [...kept('title', titleIn(history)), ...kept('milestone', milestoneIn(history))];
}

type IsOurs = (login: string) => boolean;

/** A field of which the host remembers which value took the place of which. */
interface Kind<Value> {
  readonly changes: readonly ValueChange<Value>[];
  field(value: Value): Partial<IssueFields>;
  valueOf(fields: IssueFields): Value;
  /** The same for values that mean the same. */
  keyOf(value: Value): string;
}

const titleIn = ({ titles }: IssueHistory): Kind<string> => ({
  changes: titles,
  field: (title) => ({ title: canonicalTitle(title) }),
  valueOf: ({ title }) => title,
  keyOf: canonicalTitle,
});

const milestoneIn = ({ milestones }: IssueHistory): Kind<string | null> => ({
  changes: milestones,
  field: (milestone) => ({ milestone: milestone === null ? null : canonicalTitle(milestone) }),
  valueOf: ({ milestone }) => milestone,
  keyOf: (milestone) => nameKey(canonicalTitle(milestone ?? '')),
});

const stateIn = ({ states }: IssueHistory): Kind<Pick<IssueFields, 'state' | 'reason'>> => ({
  changes: states,
  field: (value) => value,
  valueOf: ({ state, reason }) => ({ state, reason }),
  keyOf: ({ state, reason }) => `${state} ${reason ?? ''}`,
});

/** Closed, an issue has a reason at the host: that nobody said one cannot be put back. */
function sayable(lost: Partial<IssueFields>, now: IssueFields): Partial<IssueFields> {
  const isUnsaid = lost.state === 'closed' && lost.reason === null;
  return isUnsaid && now.state === 'closed' ? {} : lost;
}

interface Version {
  readonly text: string;
  readonly isOurs: boolean;
}

function lostBody(
  input: WithBoth,
  edits: readonly BodyEdit[],
  isOurs: (login: string) => boolean,
): string | null {
  const now = input.host.fields.body;
  const versions = sinceBase(input, edits).map(
    ({ editor, text }): Version => ({
      text: canonicalBody(text),
      isOurs: editor !== null && isOurs(editor),
    }),
  );
  const written = (before: string): string => {
    const fields = withField(input.host.fields, 'body', before);
    return planFields({ ...input, host: { ...input.host, fields } }).plan.host.body;
  };
  let result = now;
  // We write again only after we have looked for what our write before it hid: that is done, and nothing is put back twice.
  const done = versions.findLastIndex((each, at) => each.isOurs && versions[at - 1]?.isOurs);
  for (const [at, ours] of versions.entries()) {
    if (at <= done) continue;
    const before = versions[at - 1];
    if (!ours.isOurs || before === undefined || before.isOurs) continue;
    // A write that made what it was to make of the text before it has passed over nothing.
    if (before.text === ours.text || written(before.text) === ours.text) continue;
    const earlier = versions.slice(0, at - 1);
    const isOfFile = ({ text }: Version): boolean =>
      text !== ours.text && written(text) === ours.text;
    const read = earlier.findLast((version) => version.isOurs || isOfFile(version));
    const start = read?.text ?? versions[0]?.text ?? '';
    const side = input.policy.fields.body === 'file' ? 'file' : 'github';
    const merged = mergeBody(start, ours.text, before.text);
    // The file still has what we wrote of it; what we put back of people's is nowhere else.
    const isFromFile = read !== undefined && isOfFile(read);
    const both = canonicalBody(isFromFile ? merged.text(side) : merged.allText());
    if (both === ours.text) continue;
    // People who wrote after us have seen ours, and not what it hid: nobody's line goes.
    result = canonicalBody(mergeBody(ours.text, both, result).allText());
  }
  // What the policy would take away again is not put back.
  return result === now || written(result) === now ? null : result;
}

/** The text of the base first, where it is known. */
function sinceBase({ base, linking, madeOf }: WithBoth, edits: readonly BodyEdit[]) {
  const known = edits.filter(
    (edit): edit is BodyEdit & { readonly text: string } => edit.text !== null,
  );
  const record = base ?? linking ?? null;
  const start = record?.host.body ?? madeOf?.body ?? null;
  if (start === null) return known;
  const at = known.findLastIndex(({ text }) => canonicalBody(text) === start);
  const later =
    at >= 0 ? known.slice(at + 1) : known.filter(({ atMs }) => atMs > (record?.updatedAtMs ?? 0));
  return [{ editor: null, atMs: 0, text: start }, ...later];
}

/**
 * What writes of ours took the place of, where that was neither the base nor ours, and is to stay by what is planned;
 * whoever wrote in place of it has seen it.
 */
function hiddenValues<Value>(
  input: WithBoth,
  { changes, field, valueOf, keyOf }: Kind<Value>,
  isOurs: IsOurs,
): readonly { readonly value: Value; readonly isLast: boolean }[] {
  const { host, file } = input;
  const settled = settledOf(input);
  const [first] = changes;
  if (first === undefined) return [];
  const start = keyOf(settled === null ? first.from : valueOf(settled.fields));
  // What the base says of the host was settled: whoever came between was seen then.
  const at = changes.findLastIndex(({ to }) => keyOf(to) === start);
  const since =
    at >= 0
      ? changes.slice(at + 1)
      : changes.filter(({ atMs }) => atMs >= (settled?.updatedAtMs ?? 0));
  const isBy = ({ actor }: ValueChange<Value>): boolean => actor !== null && isOurs(actor);
  const now = keyOf(valueOf(host.fields));
  const inFile = keyOf(valueOf(file.file.fields));
  return since.flatMap((change, place) => {
    const key = keyOf(change.from);
    const isAgain = since
      .slice(place + 1)
      .some(({ from, to }) => [keyOf(from), keyOf(to)].includes(key));
    if (!isBy(change) || key === start || isAgain) return [];
    const before = since.slice(0, place).filter(({ to }) => keyOf(to) === key);
    const isLast = place === since.length - 1 && keyOf(change.to) === now && !before.some(isBy);
    const isPeoples = before.some((each) => !isBy(each)) && key !== now && key !== inFile;
    if (!isLast && !isPeoples) return [];
    const fields = { ...host.fields, ...field(change.from) };
    const wanted = valueOf(planFields({ ...input, host: { ...host, fields } }).plan.host);
    // What the policy would take away again is not put back.
    if (keyOf(wanted) === keyOf(change.to)) return [];
    return [{ value: isLast ? wanted : change.from, isLast }];
  });
}

/** What the host had when both sides were the same last; null: nobody knows more than the host. */
function settledOf({ base, linking, madeOf }: WithBoth) {
  const record = base ?? linking ?? null;
  if (record !== null) return { fields: record.host, updatedAtMs: record.updatedAtMs };
  return madeOf === null ? null : { fields: madeOf, updatedAtMs: 0 };
}
