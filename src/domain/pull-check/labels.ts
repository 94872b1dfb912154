/** Labels by changed paths and branches, and labels that a pull request must carry or must not. */
import { type Finding, inCode, type Judgement, type PullFacts } from './facts.js';
import { pathTest } from './glob.js';
import type { PullPolicy } from './schema.js';

type LabelRule = PullPolicy['labels']['rules'][number];

export function checkLabels({ pull, files }: PullFacts, { labels: rules }: PullPolicy): Judgement {
  const paths = files.map(({ path }) => path);
  const applies = (rule: LabelRule): boolean =>
    conditions(rule, paths, pull).every((holds) => holds) &&
    conditions(rule, paths, pull).length > 0;
  const wanted = new Set(rules.rules.filter(applies).map(({ label }) => label));
  const named = new Set(rules.rules.map(({ label }) => label));
  const add = [...wanted].filter((label) => !pull.labels.includes(label));
  const remove = rules.sync
    ? pull.labels.filter((label) => named.has(label) && !wanted.has(label))
    : [];
  const carried = [...pull.labels.filter((label) => !remove.includes(label)), ...add];
  const findings: Finding[] = [];
  if (rules.oneOf.length > 0 && !rules.oneOf.some((label) => carried.includes(label))) {
    const fix = `Put one of them on: ${rules.oneOf.map(inCode).join(', ')}.`;
    findings.push({ says: 'it carries none of the labels of which one is needed', fix });
  }
  for (const label of rules.none.filter((each) => carried.includes(each))) {
    const fix = 'Take the label away once its reason is gone.';
    findings.push({ says: `it carries the label ${inCode(label)}`, fix });
  }
  const matched = wanted.size > 0 ? [...wanted].join(', ') : 'None of the rules applies';
  const title = findings.length > 0 ? 'Labels are not as needed' : matched.slice(0, 100);
  return { title, findings, labels: { add, remove } };
}

/** Those that the rule has: all of them must hold. */
function conditions(
  { anyFile, everyFile, head, base }: LabelRule,
  paths: readonly string[],
  pull: PullFacts['pull'],
): readonly boolean[] {
  const found: boolean[] = [];
  if (anyFile) found.push(paths.some(pathTest(anyFile)));
  if (everyFile) found.push(paths.length > 0 && paths.every(pathTest(everyFile)));
  if (head !== undefined) found.push(new RegExp(head, 'u').test(pull.head.ref));
  if (base !== undefined) found.push(new RegExp(base, 'u').test(pull.base.ref));
  return found;
}
