/** What somebody wrote at the host between our reading and our writing of it: their text is merged again. */
import { canonicalBody, canonicalTitle, withField } from './canon.js';
import { planHostChange } from './host-change.js';
import type { HostChange } from './issue-plan.js';
import { mergeBody } from './merge-body.js';
import { planFields, type WithBoth } from './plan-fields.js';
import type { BodyEdit } from './shapes.js';

export interface TitleChange {
  readonly actor: string | null;
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
}

/** Of one issue, newest last, as the host remembers it. */
export interface IssueHistory {
  readonly bodies: readonly BodyEdit[];
  readonly titles: readonly TitleChange[];
}

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
  const { host } = input;
  const body = lostBody(input, history.bodies, isOurs) ?? host.fields.body;
  const title = lostTitle(input, history.titles, isOurs) ?? host.fields.title;
  return planHostChange(host, { ...host.fields, body, title });
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
  for (const [at, ours] of versions.entries()) {
    const before = versions[at - 1];
    if (!ours.isOurs || before === undefined || before.isOurs) continue;
    // A write that made what it was to make of the text before it has passed over nothing.
    if (before.text === ours.text || written(before.text) === ours.text) continue;
    const read = versions
      .slice(0, at - 1)
      .findLast((version) => version.isOurs || written(version.text) === ours.text);
    const start = read?.text ?? versions[0]?.text ?? '';
    const side = input.policy.fields.body === 'file' ? 'file' : 'github';
    const both = canonicalBody(mergeBody(start, ours.text, before.text).text(side));
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

/** Only the newest title counts; the one that it hid counts where nobody has written another since. */
function lostTitle(
  input: WithBoth,
  titles: readonly TitleChange[],
  isOurs: (login: string) => boolean,
): string | null {
  const { base, host } = input;
  const last = titles.at(-1);
  if (base === null || last === undefined || last.actor === null || !isOurs(last.actor))
    return null;
  const [from, to] = [canonicalTitle(last.from), canonicalTitle(last.to)];
  // What the base says of the host was settled: whoever came between was seen then.
  const isSettled = [from, to].includes(base.host.title) || last.atMs < base.updatedAtMs;
  if (to !== host.fields.title || isSettled) return null;
  if (
    titles
      .slice(0, -1)
      .some(
        ({ actor, to: then }) => actor !== null && isOurs(actor) && canonicalTitle(then) === from,
      )
  ) {
    return null;
  }
  const fields = withField(host.fields, 'title', from);
  const { plan } = planFields({ ...input, host: { ...host, fields } });
  return plan.host.title === to ? null : from;
}
