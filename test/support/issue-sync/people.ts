/** People and bots of the model: whatever they do on either side, with a word in it by which it is found again. */
import { canonicalFields } from '../../../src/domain/issue-sync/canon.js';
import { printIssueFile } from '../../../src/domain/issue-sync/issue-file.js';
import type {
  IssueComment,
  IssueFields,
  IssueFile,
} from '../../../src/domain/issue-sync/shapes.js';
import { readFile } from './pass.js';
import { freshToken, seen, type Told, type Tokens } from './tokens.js';
import { commitFiles, headOf, main, move } from './tree.js';
import {
  addComment,
  addIssue,
  isKnown,
  type ModelIssue,
  setBody,
  setMilestone,
  setState,
  setTitle,
  type World,
} from './world.js';

export interface Chance {
  /** 0 ≤ n < most. */
  below(most: number): number;
  /** Undefined of nothing. */
  one<Value>(values: readonly Value[]): Value | undefined;
}

export interface People {
  readonly world: World;
  readonly tokens: Tokens;
  readonly chance: Chance;
  /** What happened, for whoever reads a history that failed. */
  say(text: string): void;
}

/** mulberry32 */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return { below, one: (values) => values[below(values.length)] };
}

/** A line is put in, taken away or written anew; the whole of it now and then. */
function editText({ chance, tokens }: People, text: string, of: Told): string {
  const lines = text === '' ? [] : text.split('\n');
  const word = freshToken(tokens, of);
  const at = chance.below(lines.length + 1);
  const line =
    chance.one([word, `- ${word}`, `${word} and more`, `\`\`\`${word}`, `# ${word}`]) ?? word;
  switch (chance.below(6)) {
    case 0:
      tokens.alive.delete(word);
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(Math.min(at, Math.max(0, lines.length - 1)), 1, line).join('\n');
    case 2:
      return chance.below(5) === 0 ? line : lines.toSpliced(at, 0, '', line).join('\n');
    case 3:
      return lines
        .map((each, index) => (index === at ? `${each} ${word}` : each))
        .concat(at < lines.length ? [] : [line])
        .join('\n');
    default:
      return lines.toSpliced(at, 0, line).join('\n');
  }
}

function editFields(people: People, fields: IssueFields): IssueFields {
  const { chance, tokens } = people;
  const name = (of: Told): string => freshToken(tokens, of);
  const without = (names: readonly string[]): readonly string[] =>
    names.toSpliced(chance.below(names.length + 1), 1);
  switch (chance.below(12)) {
    case 0:
      return { ...fields, title: `${name('title')} title` };
    case 1:
      return { ...fields, labels: [...fields.labels, name('labels')] };
    case 2:
      return { ...fields, labels: without(fields.labels) };
    case 3:
      return {
        ...fields,
        assignees: [
          ...fields.assignees,
          chance.below(4) === 0 ? `no-${name('assignees')}` : name('assignees'),
        ],
      };
    case 4:
      return { ...fields, assignees: without(fields.assignees) };
    case 5:
      return {
        ...fields,
        milestone:
          chance.below(4) === 0
            ? `no-${name('milestone')}`
            : chance.below(3) === 0
              ? null
              : name('milestone'),
      };
    case 6:
      return fields.state === 'open'
        ? {
            ...fields,
            state: 'closed',
            reason: chance.one(['completed', 'not_planned', null] as const) ?? null,
          }
        : { ...fields, state: 'open', reason: null };
    default:
      return { ...fields, body: editText(people, fields.body, 'body') };
  }
}

function textOf(fields: IssueFields): string {
  return [fields.title, fields.body, ...fields.labels, ...fields.assignees, fields.milestone].join(
    '\n',
  );
}

function newFields(people: People): IssueFields {
  const { chance, tokens } = people;
  const body = Array.from({ length: chance.below(5) }, () => freshToken(tokens, 'body')).join('\n');
  return canonicalFields({
    title: `${freshToken(tokens, 'title')} new`,
    ...{ body, state: 'open', reason: null, assignees: [], milestone: null },
    labels: chance.below(2) === 0 ? [freshToken(tokens, 'labels')] : [],
  });
}

/** Ours, and nobody else's business. */
function isAboutConflict({ markers = [] }: IssueComment): boolean {
  return markers.some((marker) => marker.includes('issue-sync/conflict/'));
}

function livingIssues({ world }: People): readonly ModelIssue[] {
  return [...world.issues.values()].filter(({ gone }) => gone === null);
}

const hostPeople = ['ada', 'bob', 'renovate[bot]'];

/** @param isBetween between two acts of a pass: the host remembers nothing of how comments were */
export function actAtHost(people: People, isBetween = false): void {
  const { world, chance, tokens } = people;
  const issue = chance.one(livingIssues(people));
  const who = chance.one(hostPeople) ?? 'ada';
  const act = chance.below(20);
  if (issue === undefined || act === 0) {
    if (world.issues.size < 3)
      people.say(`${who} opens #${addIssue(world, newFields(people), who).number}`);
    return;
  }
  const { number } = issue;
  if (act === 1 && chance.below(3) === 0) {
    issue.gone = chance.one(['deleted', 'moved'] as const) ?? null;
    seen(tokens, textOf(issue.fields) + issue.comments.map(({ body }) => body).join('\n'), '');
    // Its past goes with it, and in that is what a write of ours hid for a moment.
    const { bodies, titles, milestones } = issue;
    seen(tokens, JSON.stringify([bodies, titles, milestones]).replaceAll('\\n', '\n'), '');
    return people.say(`#${number} is ${issue.gone}`);
  }
  if (act <= 4) return commentAtHost(people, issue, who, isBetween);
  const before = { ...issue.fields };
  // As people write them there: whatever is not canonical is made so by the host.
  const after = canonicalFields(editFields(people, before));
  if (after.title !== before.title) setTitle(world, issue, after.title, who);
  if (after.body !== before.body) setBody(world, issue, after.body, who);
  if (after.milestone !== before.milestone) setMilestone(world, issue, after.milestone, who);
  if (after.state !== before.state || after.reason !== before.reason) {
    setState(world, issue, { state: after.state, reason: after.reason }, who);
  }
  Object.assign(issue.fields, after);
  issue.updatedAtMs = world.nowMs;
  // Deleted there since, it is not taken a second time: whoever did that saw it.
  const { milestone } = after;
  if (milestone !== null && !isKnown(milestone)) seen(tokens, milestone, '');
  seen(tokens, textOf(before), textOf(after));
  people.say(`${who} at #${number}: ${JSON.stringify(after)}`);
}

function commentAtHost(people: People, issue: ModelIssue, who: string, isNew: boolean): void {
  const { world, chance, tokens } = people;
  const comment = chance.one(issue.comments.filter((each) => !isAboutConflict(each)));
  if (comment === undefined || isNew || chance.below(2) === 0) {
    addComment(world, issue, freshToken(tokens, 'comments'), who);
    return people.say(`${who} comments on #${issue.number}`);
  }
  const isDeleted = chance.below(4) === 0;
  const body = isDeleted ? '' : editText(people, comment.body, 'comments');
  seen(tokens, comment.body, body);
  const changed = { ...comment, body, updatedAtMs: world.nowMs };
  issue.comments = issue.comments.flatMap((each) =>
    each !== comment ? each : isDeleted ? [] : changed,
  );
  issue.updatedAtMs = world.nowMs;
  people.say(
    `${who} ${isDeleted ? 'deletes' : 'edits'} comment ${comment.id} of #${issue.number}: ${body}`,
  );
}

export function actOnFiles(people: People): void {
  const { world, chance, tokens } = people;
  const path = chance.one([...headOf(world.repository).files.keys()]);
  const act = chance.below(24);
  if (path === undefined || act === 0) {
    if (headOf(world.repository).files.size >= 4) return;
    const name = `issues/${chance.one(['new', 'idea', '001-x'])}.md`;
    if (headOf(world.repository).files.has(name)) return;
    const fields = newFields(people);
    const heading = `# ${fields.title}\n\n${fields.body}\n`;
    const text = printIssueFile(chance.below(2) === 0 ? null : heading, {
      link: null,
      fields,
      comments: null,
      newComments: [],
    });
    commitFiles(world.repository, [{ path: name, text }]);
    return people.say(`new file ${name}: ${JSON.stringify(text)}`);
  }
  const text = headOf(world.repository).files.get(path) ?? '';
  if (act === 1 && chance.below(2) === 0) {
    seen(tokens, text, '');
    commitFiles(world.repository, [{ path, text: null }]);
    return people.say(`delete ${path}`);
  }
  if (act === 2 || act === 3)
    return moveFile(people, path, text, act === 3 && chance.below(3) === 0);
  if (act === 4 && chance.below(2) === 0) return forcePush(people);
  const file = readFile(path, text);
  if (file === null) return;
  const next = act <= 8 ? commentInFile(people, file, text) : editFile(people, file, text);
  seen(tokens, text, next);
  commitFiles(world.repository, [{ path, text: next }]);
  people.say(`${path}: ${JSON.stringify(next)}`);
}

function editFile(people: People, file: IssueFile, text: string): string {
  const { chance } = people;
  const fields = canonicalFields(editFields(people, file.fields));
  const link = chance.below(25) === 0 ? null : file.link;
  const next = printIssueFile(text, { ...file, link, fields });
  return chance.below(12) === 0 ? next.replace(/\r?\n/g, '\r\n') : next;
}

function commentInFile(people: People, file: IssueFile, text: string): string {
  const { chance, tokens } = people;
  const comment = chance.one(file.comments);
  if (comment === undefined || chance.below(2) === 0) {
    const word = freshToken(tokens, 'comments');
    const next = `${text}${text.endsWith('\n') ? '' : '\n'}\n/comment\n${word}\n`;
    // Below a fence that nobody has closed it is a line of the body.
    if (readFile(file.path, next)?.newComments.includes(word) !== true) {
      tokens.kinds.set(word, 'body');
    }
    return next;
  }
  const body = editText(people, comment.body, 'comments');
  const comments = file.comments.map((each) => (each === comment ? { ...each, body } : each));
  return printIssueFile(text, { ...file, comments });
}

function moveFile(
  { world, chance, say }: People,
  path: string,
  text: string,
  isCopy: boolean,
): void {
  const to = `issues/${chance.one(['', 'deep/', 'archive/'])}moved-${chance.below(3)}.md`;
  if (headOf(world.repository).files.has(to)) return;
  commitFiles(world.repository, [...(isCopy ? [] : [{ path, text: null }]), { path: to, text }]);
  say(`${isCopy ? 'copy' : 'move'} ${path} to ${to}`);
}

/** The branch is put back to what it was, and maybe goes on from there. */
function forcePush({ world, chance, tokens, say }: People): void {
  const { repository } = world;
  const old = chance.one(repository.past.slice(0, -1));
  if (old === undefined) return;
  const texts = (files: ReadonlyMap<string, string>): string => [...files.values()].join('\n');
  seen(tokens, texts(headOf(repository).files), texts(old.files));
  move(repository, main, old);
  say(`force push to ${old.sha.slice(0, 6)}`);
}
