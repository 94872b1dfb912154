/** What becomes of each field of an issue that is not the same on both sides: the table of decision 0019. */
import { canonicalBody, canonicalTitle, fieldNames, hostBody, isSameField } from './canon.js';
import { conflictLines, leftOverMarker, mergeBody, type Side } from './merge-body.js';
import { mergeSets } from './merge-sets.js';
import type { FieldPolicy } from './schema.js';
import type { BaseRecord, FieldName, IssueFields, Question } from './shapes.js';

/** What a person said about an open question. */
export type Answer =
  | { readonly take: Side }
  /** Canonical. */
  | { readonly take: 'text'; readonly text: string }
  /** The pull request of the conflict was merged, so the file is the answer to what it showed of the issue. */
  | { readonly take: 'merged'; readonly seen: string | null };

export type Answers = Readonly<Partial<Record<FieldName, Answer>>>;

export interface FieldsInput {
  /** Null: both sides are seen for the first time. */
  readonly base: BaseRecord | null;
  /** The record by which people were asked before, where that is not the base. */
  readonly asked?: BaseRecord | null | undefined;
  readonly file: IssueFields;
  readonly host: IssueFields;
  /** As `HostIssue.markers`. */
  readonly hostMarkers?: readonly string[];
  readonly policies: {
    readonly title: FieldPolicy;
    readonly body: FieldPolicy;
    readonly milestone: FieldPolicy;
  };
  readonly answers: Answers;
  /** What the host was asked for in this pass and did not take, with its reason. */
  readonly refused: Readonly<Partial<Record<FieldName, string>>>;
  /** When either side was changed last; for the policy `newest`, where nobody knows GitHub's is the newer one. */
  readonly fileAtMs: number | null;
  readonly hostAtMs: number;
  readonly nowMs: number;
}

/** How a field came to what it is to be. */
export type How =
  | 'same'
  /** Only that side changed. */
  | Side
  /** Both did, and both count. */
  | 'merged'
  /** Both did, and the policy or a person chose. */
  | 'chosen'
  /** It stays different. */
  | 'open';

export interface FieldPlan {
  readonly name: FieldName;
  readonly how: How;
  readonly question: Question | null;
  /** The text that the policy or a person passed over. */
  readonly passedOver: { readonly side: Side; readonly text: string } | null;
  /** To be posted as a comment, so that both texts stay. */
  readonly isForComment: boolean;
  /** Both sides between markers, where somebody is asked. */
  readonly conflict: string | null;
  /** What is in the way of an answer, one sentence. */
  readonly trouble: string | null;
}

export interface FieldsPlan {
  /** As they are to be. */
  readonly file: IssueFields;
  readonly host: IssueFields;
  readonly plans: readonly FieldPlan[];
}

/** GitHub takes no longer ones. */
export const longest = { title: 256, body: 65_536 } as const;

type Draft = { -readonly [Name in keyof IssueFields]: IssueFields[Name] };
type Single = 'title' | 'body' | 'milestone';
type Outcome<Value> = Omit<FieldPlan, 'name'> & { readonly file: Value; readonly host: Value };

const plain = {
  question: null,
  passedOver: null,
  isForComment: false,
  conflict: null,
  trouble: null,
} as const;

export function mergeFields(input: FieldsInput): FieldsPlan {
  const file: Draft = { ...input.file };
  const host: Draft = { ...input.host };
  const plans: FieldPlan[] = [];
  const put = <Name extends FieldName>(name: Name, outcome: Outcome<IssueFields[Name]>): void => {
    const { file: inFile, host: atHost, ...plan } = limited(name, outcome, input);
    file[name] = inFile;
    host[name] = atHost;
    plans.push({ name, ...plan });
  };
  put('title', mergeSingle('title', input) as Outcome<string>);
  put('body', mergeSingle('body', input) as Outcome<string>);
  put('milestone', mergeSingle('milestone', input));
  put('labels', mergeNames('labels', input));
  put('assignees', mergeNames('assignees', input));
  put('state', mergeState(input));
  put('reason', mergeReason(input, file.state, host.state));
  const order = (plan: FieldPlan): number => fieldNames.indexOf(plan.name);
  return { file, host, plans: plans.sort((a, b) => order(a) - order(b)) };
}

/** What both sides of the field were when they were the same: null where nobody knows. */
function baseOf<Name extends FieldName>(base: BaseRecord | null, name: Name) {
  const question = base?.questions[name];
  if (base === null || question?.kind === 'conflict') return null;
  return { value: question?.kind === 'refused' ? base.host[name] : base.file[name] };
}

/** Neither side moved since a question was asked that only they can answer. */
function isWaiting({ base, file, host }: FieldsInput, name: FieldName): boolean {
  const question = base?.questions[name];
  if (base === null || question === undefined || question.kind === 'conflict') return false;
  return (
    isSameField(name, file[name], base.file[name]) && isSameField(name, host[name], base.host[name])
  );
}

function mergeSingle<Name extends Single>(name: Name, input: FieldsInput): Outcome<string | null> {
  const [file, host] = [input.file[name], input.host[name]];
  if (isSameField<Single>(name, file, host)) return { ...plain, file, host, how: 'same' };
  const question = input.base?.questions[name] ?? null;
  const answer = input.answers[name];
  if (answer === undefined && isWaiting(input, name)) {
    return { ...plain, file, host, how: 'open', question };
  }
  if (answer !== undefined && answer.take !== 'merged') {
    const outcome = chosen(name, answer, input);
    if (outcome !== null && !takesMarkers(name, answer, outcome.file, input)) return outcome;
  }
  const parted = question?.kind === 'conflict' ? question.before : baseOf(input.base, name)?.value;
  const before = answer?.take === 'merged' ? answer.seen : (parted ?? null);
  const isKnown = name === 'milestone' || before !== null;
  const line = name === 'body' ? leftOverLine(input) : null;
  if (line !== null) {
    const trouble = `markers of a conflict are left in line ${line} of the text`;
    const open = question?.kind === 'conflict' ? question : conflictOf('body', input, before);
    return { ...plain, file, host, how: 'open', question: open, trouble };
  }
  if (isKnown && isSameField<Single>(name, file, before)) {
    return { ...plain, file: host, host, how: 'github' };
  }
  if (isKnown && isSameField<Single>(name, host, before)) {
    return { ...plain, file, host: file, how: 'file' };
  }
  return name === 'body'
    ? mergeText(input, before, file ?? '', host ?? '')
    : chooseSingle(name, input, before, file, host);
}

function mergeText(
  input: FieldsInput,
  before: string | null,
  file: string,
  host: string,
): Outcome<string> {
  const merged = mergeBody(before, file, host);
  const by = (side: Side): string => canonicalBody(merged.text(side));
  if (merged.isClean) return { ...plain, file: by('file'), host: by('file'), how: 'merged' };
  const side = sideOf('body', input);
  if (side === null) {
    const question = conflictOf('body', input, before);
    return { ...plain, file, host, how: 'open', question, conflict: merged.conflictText() };
  }
  return pick('body', input, side, by(side), merged.leftOut(side));
}

function chooseSingle(
  name: 'title' | 'milestone',
  input: FieldsInput,
  before: string | null,
  file: string | null,
  host: string | null,
): Outcome<string | null> {
  const side = sideOf(name, input);
  if (side !== null) {
    const [taken, other] = side === 'file' ? [file, host] : [host, file];
    return pick(name, input, side, taken, other);
  }
  const lines = (text: string | null): readonly string[] => (text === null ? [] : [text]);
  const conflict = conflictLines(before === null ? null : lines(before), lines(file), lines(host));
  const question = conflictOf(name, input, before);
  return { ...plain, file, host, how: 'open', question, conflict: conflict.join('\n') };
}

function pick<Value extends string | null>(
  name: Single,
  input: FieldsInput,
  side: Side,
  taken: Value,
  other: string | null,
): Outcome<Value> {
  const left: Side = side === 'file' ? 'github' : 'file';
  return {
    ...plain,
    file: taken,
    host: taken,
    how: 'chosen',
    passedOver: other === null || other === '' ? null : { side: left, text: other },
    isForComment: input.policies[name] === 'both-as-comment' && other !== null && other !== '',
  };
}

/** Null: the sides are no more what was asked about, and the answer does not fit what they are now. */
function chosen(
  name: Single,
  answer: Exclude<Answer, { take: 'merged' }>,
  { base, asked, file: { [name]: file }, host: { [name]: host } }: FieldsInput,
): Outcome<string | null> | null {
  const known = asked ?? base;
  const seen = {
    file: known === null ? file : known.file[name],
    host: known === null ? host : known.host[name],
  };
  const [taken, other] = answer.take === 'github' ? [seen.host, seen.file] : [seen.file, seen.host];
  const said = answer.take === 'text' ? textFor(name, answer.text) : taken;
  const value = followed(name, followed(name, said, seen.file, file), seen.host, host);
  if (value === undefined) return null;
  const side: Side = answer.take === 'file' ? 'github' : 'file';
  const isPassedOver = answer.take !== 'text' && other !== null && other !== '';
  const passedOver = isPassedOver ? { side, text: other } : null;
  return { ...plain, file: value, host: value, how: 'chosen', passedOver };
}

function textFor(name: Single, text: string): string | null {
  if (name === 'body') return canonicalBody(text);
  const line = canonicalTitle(text);
  return name === 'milestone' && line === '' ? null : line;
}

/** The answer with what was written on a side since it was given; undefined: they do not go together. */
function followed(
  name: Single,
  said: string | null | undefined,
  seen: string | null,
  now: string | null,
): string | null | undefined {
  if (said === undefined || isSameField<Single>(name, seen, now)) return said;
  if (name !== 'body') return undefined;
  const merged = mergeBody(seen, said ?? '', now ?? '');
  return merged.isClean ? canonicalBody(merged.text('file')) : undefined;
}

/** Null: a person is asked. */
function sideOf(name: Single, { policies, fileAtMs, hostAtMs }: FieldsInput): Side | null {
  const policy = policies[name];
  if (policy === 'ask') return null;
  if (policy === 'newest') return fileAtMs !== null && fileAtMs > hostAtMs ? 'file' : 'github';
  return policy === 'both-as-comment' ? 'github' : policy;
}

function conflictOf(
  name: FieldName,
  { base, asked: earlier, nowMs }: FieldsInput,
  before: string | null,
): Question {
  const asked = base?.questions[name] ?? earlier?.questions[name];
  return asked?.kind === 'conflict'
    ? { ...asked, before }
    : { kind: 'conflict', sinceMs: nowMs, pull: null, before };
}

/** Where both sides had them already they are part of the text: an issue may well speak of such markers. */
function leftOverLine({ base, file, host }: FieldsInput) {
  const line = leftOverMarker(file.body);
  if (line === null || leftOverMarker(host.body) !== null) return null;
  const isText = base?.file.body === file.body && leftOverMarker(base.host.body) !== null;
  return isText ? null : line;
}

/** Written in the file since the answer was given: whoever gave it did not see them. */
function takesMarkers(
  name: Single,
  answer: Answer,
  text: string | null,
  input: FieldsInput,
): boolean {
  if (name !== 'body' || leftOverMarker(text ?? '') === null) return false;
  const isSaid = answer.take === 'text' && leftOverMarker(answer.text) !== null;
  return !isSaid && leftOverLine(input) !== null;
}

function mergeNames(name: 'labels' | 'assignees', input: FieldsInput): Outcome<readonly string[]> {
  const [file, host] = [input.file[name], input.host[name]];
  if (isSameField(name, file, host)) return { ...plain, file, host, how: 'same' };
  const { base } = input;
  const question = base?.questions[name] ?? null;
  const answer = input.answers[name];
  if (answer?.take === 'file') return { ...plain, file, host: file, how: 'chosen' };
  if (answer?.take === 'github') return { ...plain, file: host, host, how: 'chosen' };
  if (isWaiting(input, name)) return { ...plain, file, host, how: 'open', question };
  const old = baseOf(base, name)?.value ?? [];
  const bases =
    base !== null && question?.kind === 'refused'
      ? { file: base.file[name], host: base.host[name] }
      : { file: old, host: old };
  const merged = mergeSets(bases, { file, host });
  const isFilesOnly = isSameField(name, host, bases.host);
  const isHostsOnly = isSameField(name, file, bases.file);
  const how = isFilesOnly ? 'file' : isHostsOnly ? 'github' : 'merged';
  return isSameField(name, merged.file, merged.host)
    ? { ...plain, ...merged, how }
    : { ...plain, ...merged, how, question };
}

/** There are two states only: where they differ, one side has not moved. */
function mergeState(input: FieldsInput): Outcome<IssueFields['state']> {
  const [file, host] = [input.file.state, input.host.state];
  if (file === host) return { ...plain, file, host, how: 'same' };
  const answer = input.answers.state?.take;
  if (answer === 'file') return { ...plain, file, host: file, how: 'chosen' };
  if (answer !== 'github' && isWaiting(input, 'state')) {
    return { ...plain, file, host, how: 'open', question: input.base?.questions.state ?? null };
  }
  const old = baseOf(input.base, 'state')?.value ?? file;
  return answer === 'github' || file === old
    ? { ...plain, file: host, host, how: 'github' }
    : { ...plain, file, host: file, how: 'file' };
}

/** GitHub's wins where both say one; a file that says none leaves it to GitHub. */
function mergeReason(
  input: FieldsInput,
  fileState: IssueFields['state'],
  hostState: IssueFields['state'],
): Outcome<IssueFields['reason']> {
  const says = (fields: IssueFields): IssueFields['reason'] =>
    fields.state === 'closed' ? fields.reason : null;
  const [file, host] = [says(input.file), says(input.host)];
  if (fileState !== hostState) return { ...plain, file, host, how: 'open' };
  if (fileState === 'open') return { ...plain, file: null, host: null, how: 'same' };
  if (file === host) return { ...plain, file, host, how: 'same' };
  if (isWaiting(input, 'reason')) {
    return { ...plain, file, host, how: 'open', question: input.base?.questions.reason ?? null };
  }
  const old = baseOf(input.base, 'reason')?.value ?? null;
  const isFiles = file !== null && (host === null || host === old);
  return isFiles
    ? { ...plain, file, host: file, how: 'file' }
    : { ...plain, file: host, host, how: 'github' };
}

/** What the host does not take stays in the file, with the reason. */
function limited<Name extends FieldName>(
  name: Name,
  outcome: Outcome<IssueFields[Name]>,
  { host, refused, hostMarkers = [] }: FieldsInput,
): Outcome<IssueFields[Name]> {
  if (isSameField(name, outcome.host, host[name])) return outcome;
  const reason = refused[name] ?? tooLong(name, outcome.host, hostMarkers);
  if (reason === undefined) return outcome;
  return { ...outcome, host: host[name], how: 'open', question: { kind: 'refused', reason } };
}

/** @param markers lines of ours that are written with the body */
export function tooLong(
  name: FieldName,
  value: unknown,
  markers: readonly string[],
): string | undefined {
  if ((name !== 'title' && name !== 'body') || typeof value !== 'string') return undefined;
  const ours = name === 'body' ? hostBody(value, markers).length - value.length : 0;
  return value.length + ours > longest[name]
    ? `${value.length} characters are more than the ${longest[name] - ours} that GitHub takes`
    : undefined;
}
