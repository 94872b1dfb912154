/** Are the fields of the template filled in: the issue, the kind of change, the checklist? */
import { type Finding, inCode, type Judgement, type PullFacts } from './facts.js';
import { prose, sectionsOf, tasksOf } from './markdown.js';
import type { PullPolicy } from './schema.js';

const issue = String.raw`(?:#\d+|GH-\d+|[\w.-]+\/[\w.-]+#\d+|https?:\/\/\S+\/issues\/\d+)`;
const anyLink = new RegExp(String.raw`(?:^|[\s(:])${issue}\b`, 'i');
const closingLink = new RegExp(
  String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+${issue}\b`,
  'i',
);
const changeType = /^(?:change type|type of change|kind of change)\b/i;

export function checkTemplate({ pull }: PullFacts, { template: rules }: PullPolicy): Judgement {
  const text = prose(pull.body);
  const sections = sectionsOf(text);
  const findings: Finding[] = [];
  if (rules.issueLink !== 'off') {
    const isClosing = rules.issueLink === 'closing';
    if (!(isClosing ? closingLink : anyLink).test(text)) {
      const example = isClosing ? 'Closes #123' : 'Refs #123';
      findings.push({ says: 'the description names no issue', fix: `Add \`${example}\`.` });
    }
  }
  const kinds = sections.find(({ heading }) => changeType.test(heading));
  if (rules.changeType) findings.push(...changeTypeFindings(kinds?.text ?? null));
  const tasks = sections.filter((section) => section !== kinds).flatMap((one) => tasksOf(one.text));
  const open = tasks.filter(({ isDone }) => !isDone);
  if (rules.checklist !== 'off' && tasks.length === 0) {
    const fix = 'Keep the checklist of the template and tick what is done.';
    findings.push({ says: 'the description has no checklist', fix });
  } else if (rules.checklist === 'complete' && open.length > 0) {
    const listed = open.slice(0, 5).map((task) => inCode(task.text));
    const says = `${open.length} of ${tasks.length} points of the checklist are open: ${listed.join(', ')}`;
    findings.push({ says, fix: 'Do and tick them, or strike out what does not apply.' });
  }
  for (const heading of rules.sections) {
    const found = sections.find((one) => one.heading.toLowerCase() === heading.toLowerCase());
    if (found !== undefined && found.text.trim() !== '') continue;
    const says = `the section ${inCode(heading)} is ${found === undefined ? 'missing' : 'empty'}`;
    findings.push({ says, fix: `Write something under ${inCode(`## ${heading}`)}.` });
  }
  const count = findings.length === 1 ? 'One field is' : `${findings.length} fields are`;
  return {
    title: findings.length > 0 ? `${count} not filled in` : 'All fields are filled in',
    findings,
  };
}

/** @param text below the heading; null without one */
function changeTypeFindings(text: string | null): readonly Finding[] {
  const fix = 'Tick one under `## Change type`.';
  if (text === null) return [{ says: 'the description does not tell the kind of change', fix }];
  const tasks = tasksOf(text);
  const ticked = tasks.filter(({ isDone }) => isDone).length;
  if (ticked === 1 || (tasks.length === 0 && text.trim() !== '')) return [];
  const says =
    ticked === 0 ? 'no kind of change is ticked' : `${ticked} kinds of change are ticked`;
  return [{ says, fix: ticked === 0 ? fix : 'Tick one, or split the pull request.' }];
}
