/** What is asked about many issues at once by GraphQL: documents of as many parts as there are issues. */

/** Values that took the place of others, of fields that are written as a whole. */
const historyFields = (edits: number, changes: number): string => `
    userContentEdits(first: ${edits}) { nodes { editedAt deletedAt diff editor { __typename login } } }
    timelineItems(
      last: ${changes}
      itemTypes: [RENAMED_TITLE_EVENT, MILESTONED_EVENT, DEMILESTONED_EVENT, CLOSED_EVENT, REOPENED_EVENT]
    ) {
      nodes {
        __typename
        ... on RenamedTitleEvent { createdAt previousTitle currentTitle actor { __typename login } }
        ... on MilestonedEvent { createdAt milestoneTitle actor { __typename login } }
        ... on DemilestonedEvent { createdAt milestoneTitle actor { __typename login } }
        ... on ClosedEvent { createdAt stateReason actor { __typename login } }
        ... on ReopenedEvent { createdAt actor { __typename login } }
      }
    }`;

/** Ten edits are more than anybody makes between a read and the write after it; a write makes three changes at most. */
const nearFields = historyFields(10, 20);

const issueFields = `
    id number title body state stateReason(enableDuplicate: true) url createdAt updatedAt
    author { __typename login }
    labels(first: 100) { nodes { name } }
    assignees(first: 20) { nodes { login } }
    milestone { title }
    comments(first: 1) { totalCount }
    repository { id nameWithOwner }`;

function fragment(withHistory: boolean): string {
  return `
  fragment syncedIssue on Issue {${issueFields}${withHistory ? nearFields : ''}
  }`;
}

/** Issues by their numbers, each under `i` and its number. */
export function issuesQuery(numbers: readonly number[], withHistory: boolean): string {
  const parts = numbers.map((number) => `i${number}: issue(number: ${number}) { ...syncedIssue }`);
  return `
  query readIssues($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) {
      id
      databaseId
      ${parts.join('\n      ')}
    }
  }${fragment(withHistory)}`;
}

export const changedIssuesQuery = `
  query changedIssues($owner: String!, $name: String!, $since: DateTime, $after: String) {
    repository(owner: $owner, name: $name) {
      issues(
        first: 100
        after: $after
        filterBy: { since: $since }
        orderBy: { field: UPDATED_AT, direction: ASC }
      ) {
        pageInfo { hasNextPage endCursor }
        nodes { ...syncedIssue }
      }
    }
  }${fragment(false)}`;

export const historyQuery = `
  query readHistory($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) {
      issue(number: $number) {${historyFields(100, 100)}
      }
    }
  }`;

/** The highest numbers that were given: to an issue and to a pull request. */
export const newestNumbersQuery = `
  query newestNumbers($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) {
      issues(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { number } }
      pullRequests(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { number } }
    }
  }`;

/** Ids of labels, of whoever can be assigned, of all milestones, and of those who are assigned now. */
export function namesQuery(wanted: {
  readonly labels: readonly string[];
  readonly logins: readonly string[];
  readonly withMilestones: boolean;
  readonly assigneesOf: readonly number[];
}): string {
  const { labels, logins, withMilestones, assigneesOf } = wanted;
  const variables = [
    ...labels.map((_, index) => `$l${index}: String!`),
    ...logins.map((_, index) => `$u${index}: String!`),
    ...(withMilestones ? ['$after: String'] : []),
  ];
  const parts = [
    ...labels.map((_, index) => `l${index}: label(name: $l${index}) { id name }`),
    ...logins.map(
      (_, index) =>
        `u${index}: assignableUsers(query: $u${index}, first: 100) { nodes { id login } }`,
    ),
    ...assigneesOf.map(
      (number) =>
        `a${number}: issue(number: ${number}) { assignees(first: 20) { nodes { id login } } }`,
    ),
    ...(withMilestones
      ? [
          'milestones(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id title } }',
        ]
      : []),
  ];
  return `
  query readNames($owner: String!, $name: String!${variables.map((one) => `, ${one}`).join('')}) {
    repository(owner: $owner, name: $name) {
      id
      ${parts.join('\n      ')}
    }
  }`;
}

/** A part of a mutation: what it is called in the answer, what it does and with which input. */
export interface MutationPart {
  readonly alias: string;
  readonly field: keyof typeof payloads;
  readonly input: Readonly<Record<string, unknown>>;
  /** Whether the issue is asked back. */
  readonly isLast: boolean;
}

/** Type of the input, and where the issue stands in the answer. */
const payloads = {
  createIssue: { input: 'CreateIssueInput', issue: 'issue' },
  updateIssue: { input: 'UpdateIssueInput', issue: 'issue' },
  closeIssue: { input: 'CloseIssueInput', issue: 'issue' },
  reopenIssue: { input: 'ReopenIssueInput', issue: 'issue' },
  addLabelsToLabelable: { input: 'AddLabelsToLabelableInput', issue: 'labelable' },
  removeLabelsFromLabelable: { input: 'RemoveLabelsFromLabelableInput', issue: 'labelable' },
  addAssigneesToAssignable: { input: 'AddAssigneesToAssignableInput', issue: 'assignable' },
  removeAssigneesFromAssignable: {
    ...{ input: 'RemoveAssigneesFromAssignableInput', issue: 'assignable' },
  },
  createLabel: { input: 'CreateLabelInput', issue: '' },
} as const;

/** The parts run one after the other, in this order. */
export function partsMutation(name: string, parts: readonly MutationPart[]): string {
  const variables = parts.map(({ alias, field }) => `$${alias}: ${payloads[field].input}!`);
  const bodies = parts.map(({ alias, field, isLast }) => {
    const asked = field === 'createLabel' ? 'label { id name }' : 'clientMutationId';
    const back = isLast ? `issue: ${payloads[field].issue} { ...syncedIssue }` : asked;
    return `${alias}: ${field}(input: $${alias}) { ${back} }`;
  });
  const hasIssue = parts.some(({ isLast }) => isLast);
  return `
  mutation ${name}(${variables.join(', ')}) {
    ${bodies.join('\n    ')}
  }${hasIssue ? fragment(true) : ''}`;
}

export function variablesOf(parts: readonly MutationPart[]): Record<string, unknown> {
  return Object.fromEntries(parts.map(({ alias, input }) => [alias, input]));
}
