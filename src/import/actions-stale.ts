/** Converts a workflow of GitHub Actions that runs actions/stale into `repository.stale.items`. */
import { Document } from 'yaml';
import { readYamlStream } from '../config/yaml-source.js';
import { Failure, type Fault } from '../domain/failures.js';
import { inputRules, type InputReader } from './actions-stale-inputs.js';
import { type Field, fieldOf } from './field.js';
import type { Imported, ImportRequest } from './import.js';
import { createNotebook, inOrder, type Notebook } from './notes.js';

type Written = Record<string, unknown>;

/** @throws InvalidInput for what is no workflow with that step, and for every faulty value, with file:line:column */
export function importActionsStale({ text, file }: ImportRequest): Imported {
  const book = createNotebook();
  const faults: Fault[] = [];
  const steps = stepsIn(text, file, faults);
  const [step, ...others] = steps;
  if (step === undefined) {
    throw new Failure('InvalidInput', `${file} holds no step that uses actions/stale`, {
      where: file,
      next: 'hand in the workflow, such as .github/workflows/stale.yml',
    });
  }
  for (const other of others) {
    const why = 'there is one set of rules for a repository';
    book.unexpressed(other.at('uses'), why, 'import it by itself and join both by hand');
  }
  const items = convert(step.at('with'), book);
  if (faults.length > 0) {
    throw new Failure('InvalidInput', `${file} has faults`, {
      where: faults[0]?.where ?? file,
      next: 'mend the workflow',
      faults,
    });
  }
  const title = `step ${step.at('uses').value as string}`;
  const document = new Document({ apiVersion: 'sluice/v1', repository: { stale: { items } } });
  document.commentBefore = ` From ${title} (${file}), by sluice import.\n Its notes name what is not as it was; then: sluice stale plan <owner>/<name>`;
  return { title, yaml: document.toString({ lineWidth: 120 }), notes: inOrder(book.notes) };
}

function stepsIn(text: string, file: string, faults: Fault[]): readonly Field[] {
  const next = 'mend the workflow';
  return readYamlStream(text, file, next).flatMap(({ value, where }) => {
    const root = fieldOf({ where, faults, used: new Set() }, [], value);
    return root
      .at('jobs')
      .entries()
      .flatMap(([, job]) => job.at('steps').items())
      .filter((step) => {
        const uses = step.at('uses').value;
        return typeof uses === 'string' && /^actions\/stale(@|$)/i.test(uses);
      });
  });
}

/** Both kinds are worked out as that tool does it; what is the same for both is written once. */
function convert(inputs: Field, book: Notebook): Written {
  const read = readerOf(inputs, book);
  const issues = kindOf(read, 'issue');
  const pulls = kindOf(read, 'pr');
  const both: Written = {};
  const ownIssues: Written = {};
  const ownPulls: Written = {};
  for (const key of new Set([...Object.keys(issues), ...Object.keys(pulls)])) {
    if (JSON.stringify(issues[key]) === JSON.stringify(pulls[key])) both[key] = issues[key];
    else {
      if (issues[key] !== undefined) ownIssues[key] = issues[key];
      if (pulls[key] !== undefined) ownPulls[key] = pulls[key];
    }
  }
  const reason = read.text('close-issue-reason');
  const startDate = read.date('start-date');
  const deleteBranch = read.flag('delete-branch');
  read.noteTheRest();
  return {
    ...both,
    ...(Object.keys(ownIssues).length > 0 && { issues: ownIssues }),
    ...(Object.keys(ownPulls).length > 0 && { pulls: ownPulls }),
    ...(reason === 'completed' && { closeReason: reason }),
    ...(startDate !== undefined && { startDate }),
    ...(deleteBranch === true && { deleteBranch }),
  };
}

/** Only what is not a default here. */
function kindOf(read: InputReader, kind: 'issue' | 'pr'): Written {
  const label = read.text(`stale-${kind}-label`);
  const closeLabel = read.text(`close-${kind}-label`);
  const exempt = {
    ...some('labels', read.words(`exempt-${kind}-labels`)),
    ...allOr(read, 'milestones', `exempt-all-${kind}-milestones`, `exempt-${kind}-milestones`),
    ...allOr(read, 'assignees', `exempt-all-${kind}-assignees`, `exempt-${kind}-assignees`),
    ...(kind === 'pr' && read.flag('exempt-draft-pr') === true && { drafts: true }),
  };
  const only = {
    ...some('labels', read.words(`only-${kind}-labels`, 'only-labels')),
    ...some('anyLabels', read.words(`any-of-${kind}-labels`, 'any-of-labels')),
    ...(kind === 'issue' && some('types', read.words('only-issue-types'))),
    ...(read.flag('include-only-assigned') === true && { assigned: true }),
  };
  const relabel = {
    ...some('removeWhenMarked', read.words('labels-to-remove-when-stale')),
    ...some('removeWhenUnmarked', read.words('labels-to-remove-when-unstale')),
    ...some('addWhenUnmarked', read.words('labels-to-add-when-unstale')),
  };
  const after = read.days(`days-before-${kind}-stale`, 'days-before-stale');
  const closeAfter = read.days(`days-before-${kind}-close`, 'days-before-close');
  const removes = read.flag(`remove-${kind}-stale-when-updated`, 'remove-stale-when-updated');
  const ignores = read.flag(`ignore-${kind}-updates`, 'ignore-updates');
  return {
    ...(after !== undefined && { after }),
    ...(closeAfter !== undefined && { closeAfter }),
    ...(label !== undefined && { label }),
    ...(closeLabel !== undefined && { closeLabel }),
    // Without a text that tool marks and closes in silence.
    message: read.text(`stale-${kind}-message`) ?? 'none',
    closeMessage: read.text(`close-${kind}-message`) ?? 'none',
    ...(removes === false && { removeWhenUpdated: false }),
    ...(ignores === true && { ignoreUpdates: true }),
    ...(Object.keys(exempt).length > 0 && { exempt }),
    ...(Object.keys(only).length > 0 && { only }),
    ...(Object.keys(relabel).length > 0 && { relabel }),
  };
}

function allOr(read: InputReader, key: string, all: string, names: string): Written {
  // `exempt-all-issue-milestones` overrides `exempt-all-milestones`, and so for names.
  const shared = (name: string) => name.replace(/-(issue|pr)-/, '-');
  if (read.flag(all, shared(all)) === true) {
    read.words(names, shared(names));
    return { [key]: 'all' };
  }
  return some(key, read.words(names, shared(names)));
}

function some(key: string, words: readonly string[] | undefined): Written {
  return words === undefined || words.length === 0 ? {} : { [key]: words };
}

/** The first name that says something counts, as overrides do there. */
function readerOf(inputs: Field, book: Notebook): InputReader {
  const asked = new Set<string>();
  const find = <Value>(names: readonly string[], value: (field: Field) => Value | undefined) => {
    let found: Value | undefined;
    for (const name of names) {
      const field = inputs.at(name);
      asked.add(name);
      if (found !== undefined || isEmpty(field)) continue;
      if (typeof field.value === 'string' && field.value.includes('${{')) {
        const why = 'an expression is worked out by GitHub Actions alone';
        if (!book.notes.some((note) => note.where === field.where))
          book.unexpressed(field, why, 'write what it comes to');
        continue;
      }
      found = value(field);
    }
    return found;
  };
  return {
    text: (...names) => find(names, (field) => String(field.value)),
    words: (...names) =>
      find(names, (field) =>
        String(field.value)
          .split(',')
          .map((word) => word.trim())
          .filter((word) => word !== ''),
      ),
    flag: (...names) =>
      find(names, (field) => {
        const text = String(field.value).toLowerCase();
        return text === 'true' || text === 'false' ? text === 'true' : field.fault('true or false');
      }),
    days: (...names) =>
      find(names, (field) => {
        const days = Number(field.value);
        if (!Number.isFinite(days)) return field.fault('a number of days, or -1');
        if (days < 0) return 'never';
        return Number.isInteger(days) ? `${days}d` : `${Math.round(days * 24 * 60)}m`;
      }),
    date: (name) =>
      find([name], (field) => {
        const atMs = Date.parse(String(field.value));
        if (Number.isNaN(atMs)) return field.fault('a date');
        return new Date(atMs).toISOString();
      }),
    noteTheRest() {
      for (const [name, field] of inputs.entries()) {
        if (isEmpty(field)) continue;
        const rule = inputRules[name];
        if (rule === undefined) {
          if (!asked.has(name))
            book.unexpressed(
              field,
              'actions/stale knows no such input',
              'look for a slip of the pen',
            );
        } else if (rule.kind === 'lost') book.unexpressed(field, rule.why, rule.instead);
        else if (rule.when === undefined || String(field.value).toLowerCase() === rule.when)
          book.different(field, rule.why, rule.instead);
      }
    },
  };
}

function isEmpty({ value }: Field): boolean {
  return value === undefined || value === null || value === '';
}
