/** What the stand-in does with issues as GitHub does: what they remember, how they leave, several changed at once. */
import { type Behaviour, row } from './behaviour.js';

export const issueBehaviours: readonly Behaviour[] = [
  row(
    'comments.repoSince',
    'Comments of all issues come in one list, since a time',
    'description issues/list-comments-for-repo',
  ),
  row(
    'edits.whole',
    'An edit has the whole text; the newest is first, the creation last',
    'report git-bug bridge/github/import.go; order: report git-bug queries',
  ),
  row(
    'body.tooLong',
    'A body over 65,536 characters is refused, and so is a title over 256',
    'report renovatebot/renovate#2032, DavyJonesLocker/party_foul#122; of titles dead-claudia/github-limits#7 says 1,024',
    false,
  ),
  row(
    'comments.tooLong',
    'A comment over 65,536 characters is refused, made or edited',
    'report jmikedupont2/ai-ticket#51, reg-viz/reg-actions#123, telia-oss/github-pr-resource#259; in older words danger/danger#424',
  ),
  row(
    'comments.blank',
    'A comment without text is refused, made or edited',
    'report marocchino/sticky-pull-request-comment#197, GitHawkApp/GitHawk#976',
  ),
  row('labels.tooLong', 'A label has at most 50 characters', 'report github/docs#32156'),
  row('renamed.event', 'Both titles stand in the timeline', 'schema RenamedTitleEvent'),
  row(
    'graphql.noIssue',
    'What is not there, deleted or moved is NOT_FOUND beside the other answers',
    'report cli/cli#157, apache/devlake#7969',
  ),
  row(
    'aliases.each',
    'Each field of a mutation ends by itself',
    'schema Mutation: all fields nullable',
  ),
  row(
    'close.reason',
    'Closing again with another reason changes it',
    'schema CloseIssueInput; again: unproved',
  ),
  row(
    'milestones.set',
    'A milestone is set by its id and taken away by null',
    'schema UpdateIssueInput.milestoneId; null: unproved',
  ),
  row(
    'labels.renamed',
    'Issues carry the new name; their time of change stays',
    'description issues/update-label; the time: unproved',
  ),
  row('milestones.renamed', 'Issues carry the new title', 'description issues/update-milestone'),
  row(
    'assignees.refused',
    'Who cannot be assigned is 422 when an issue is made or changed',
    'report upptime/upptime#125, opensearch-project/opensearch-migrations#2361',
    false,
  ),
  row(
    'assignees.dropped',
    'Adding assignees passes over who cannot be',
    'docs add-assignees-to-an-issue',
    false,
  ),
  row('assignees.graphql', 'Over GraphQL it is an error', 'unproved', false),
  row(
    'aliases.counted',
    'Each creation in a mutation counts; too many are "submitted too quickly"',
    'report cli/cli#4801; that each counts: unproved',
    false,
  ),
  row('aliases.cut', '502, and some fields are done', 'docs timeouts; some: unproved', false),
  row(
    'aliases.wentWrong',
    'A field is done and says that something went wrong, without a type',
    'report cli/cli#8197; that it is done: unproved',
    false,
  ),
  row(
    'transfer.leads',
    'A moved issue leads to its new place, and is told of',
    'description issues/get; description webhook issues transferred',
    false,
  ),
  row('delete.tells', 'A deletion is told', 'description webhook issues deleted', false),
  row(
    'names.told',
    'Changes of labels and milestones are told',
    'description webhooks label, milestone',
    false,
  ),
];
