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
  isOurs: (login: string) => boolean,
): HostChange | null {
  const { host, base } = input;
  const body = lostBody(input, history.bodies, isOurs) ?? host.fields.body;
  const lost = <Value>(
    changes: readonly ValueChange<Value>[],
    field: (value: Value) => Partial<IssueFields>,
    valueOf: (fields: IssueFields) => Value,
    keyOf: (value: Value) => string,
  ): Partial<IssueFields> => {
    if (base === null) return {};
    const now = valueOf(host.fields);
    const hidden = lostValue(
      { changes, isOurs, keyOf, now, sinceMs: base.updatedAtMs },
      valueOf(base.host),
    );
    if (hidden === null) return {};
    const before = { ...host, fields: { ...host.fields, ...field(hidden.value) } };
    const wanted = valueOf(planFields({ ...input, host: before }).plan.host);
    return keyOf(wanted) === keyOf(now) ? {} : field(wanted);
  };
  const { titles, milestones, states } = history;
  return planHostChange(host, {
    ...{ ...host.fields, body },
    ...lost(
      titles,
      (title) => ({ title: canonicalTitle(title) }),
      ({ title }) => title,
      canonicalTitle,
    ),
    ...lost(
      milestones,
      (milestone) => ({ milestone: milestone === null ? null : canonicalTitle(milestone) }),
      ({ milestone }) => milestone,
      (milestone) => nameKey(canonicalTitle(milestone ?? '')),
    ),
    ...sayable(
      lost(
        states,
        (value) => value,
        ({ state, reason }) => ({ state, reason }),
        ({ state, reason }) => `${state} ${reason ?? ''}`,
      ),
      host.fields,
    ),
  });
}

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
function sinceBase({ base, madeOf }: WithBoth, edits: readonly BodyEdit[]) {
  const known = edits.filter(
    (edit): edit is BodyEdit & { readonly text: string } => edit.text !== null,
  );
  const start = base?.host.body ?? madeOf?.body ?? null;
  if (start === null) return known;
  const at = known.findLastIndex(({ text }) => canonicalBody(text) === start);
  const later =
    at >= 0 ? known.slice(at + 1) : known.filter(({ atMs }) => atMs > (base?.updatedAtMs ?? 0));
  return [{ editor: null, atMs: 0, text: start }, ...later];
}

interface Replaced<Value> {
  readonly changes: readonly ValueChange<Value>[];
  readonly isOurs: (login: string) => boolean;
  /** The same for values that mean the same. */
  readonly keyOf: (value: Value) => string;
  readonly now: Value;
  /** When the base was settled, by the host's clock. */
  readonly sinceMs: number;
}

/** What our newest write took the place of, where that was neither the base nor ours; whoever wrote after us has seen ours. */
function lostValue<Value>(
  { changes, isOurs, keyOf, now, sinceMs }: Replaced<Value>,
  settled: Value,
): { readonly value: Value } | null {
  const start = keyOf(settled);
  // What the base says of the host was settled: whoever came between was seen then.
  const at = changes.findLastIndex(({ to }) => keyOf(to) === start);
  const since = at >= 0 ? changes.slice(at + 1) : changes.filter(({ atMs }) => atMs >= sinceMs);
  const last = since.at(-1);
  if (last === undefined || last.actor === null || !isOurs(last.actor)) return null;
  const from = keyOf(last.from);
  if (keyOf(last.to) !== keyOf(now) || from === start) return null;
  const isOwn = since
    .slice(0, -1)
    .some(({ actor, to }) => actor !== null && isOurs(actor) && keyOf(to) === from);
  return isOwn ? null : { value: last.from };
}
