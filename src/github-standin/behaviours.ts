/** What the stand-in does as GitHub does it, each with where that is known from; a test stands behind every line. */

export interface Behaviour {
  readonly id: string;
  readonly says: string;
  /** `fixture`, `description`, `schema`, `docs`, `report` or `unproved`, and where in it. */
  readonly evidence: string;
  /** Whether a real repository can be brought to show it; what needs a fault of GitHub cannot. */
  readonly canBeLive: boolean;
}

const row = (id: string, says: string, evidence: string, canBeLive = true): Behaviour => ({
  id,
  says,
  evidence,
  canBeLive,
});

export const behaviours: readonly Behaviour[] = [
  row('errors.field', 'A wrong field is 422 with resource, code and field', 'fixture errors'),
  row(
    'errors.token',
    'A wrong token is 401 "Bad credentials"',
    'docs authenticating-to-the-rest-api',
  ),
  row('errors.hidden', 'What is hidden or missing is 404', 'description issues/get'),
  row('errors.deleted', 'A deleted issue is 410', 'description issues/get'),
  row('errors.moved', 'A moved issue is 301', 'description issues/get', false),
  row('errors.issuesOff', 'Where issues are off, creating one is 410', 'description issues/create'),
  row(
    'errors.archived',
    'An archived repository refuses writes with 403',
    'docs archiving-repositories',
    false,
  ),
  row(
    'errors.permission',
    'A missing permission is 403 and named in a header',
    'docs troubleshooting-the-rest-api',
    false,
  ),
  row(
    'rename.redirects',
    'After a rename GET is 301 and PATCH 307 to /repositories/{id}',
    'fixture rename-repository',
  ),
  row('pages.link', 'Links lead to /repositories/{id}/…', 'fixture paginate-issues'),
  row('pages.size', 'A page has 30, at most 100', 'description issues/list-for-repo'),
  row(
    'pages.files',
    'Of a pull request at most 3,000 files are told',
    'description pulls/list-files',
    false,
  ),
  row(
    'etag.free',
    'A 304 costs nothing',
    'docs best-practices-for-using-the-rest-api; fixture raw headers',
  ),
  row(
    'etag.token',
    'Another token has another ETag',
    'report github/docs#34689; fixture header Vary',
    false,
  ),
  row(
    'headers.limits',
    'Limits, request id and media type are on every answer',
    'fixture raw headers',
  ),
  row('times.seconds', 'Times are whole seconds, UTC', 'fixture paginate-issues'),
  row(
    'issues.withPulls',
    'The list of issues holds pull requests',
    'description issues/list-for-repo',
  ),
  row(
    'issues.since',
    '`since` takes what changed at that second',
    'unproved: schema says "at or after", description "after"',
  ),
  row('labels.replace', 'PATCH replaces the set of labels', 'description issues/update'),
  row(
    'assignees.replace',
    'PATCH replaces the set of assignees',
    'description issues/update',
    false,
  ),
  row(
    'labels.made',
    'A label that is not there is made by putting it on',
    'fixture add-labels-to-issue',
  ),
  row(
    'labels.most',
    'One item has at most 100 labels',
    'report actions/labeler: 100-label cap',
    false,
  ),
  row('labels.missing', 'Taking away what is not on it is 404', 'description issues/remove-label'),
  row(
    'pulls.mergeable',
    'mergeable is null until a job that the first read starts',
    'description pulls/get',
  ),
  row(
    'pulls.testMerge',
    'merge_commit_sha is the test merge before, the real one after',
    'description pulls/get',
  ),
  row(
    'pulls.once',
    'One open pull request for a pair of head and base: 422',
    'description pulls/create',
  ),
  row('pulls.noCommits', 'Without commits between them: 422', 'description pulls/create'),
  row(
    'pulls.headDeleted',
    'Deleting the head branch closes it',
    'docs deleting-and-restoring-branches',
  ),
  row(
    'merge.stale',
    'Another head is 409 "Head branch was modified"',
    'description pulls/merge; report prow pkg/github/client.go',
  ),
  row('merge.draft', 'A draft is 405', 'description pulls/merge'),
  row('merge.conflict', 'A conflict is 405 and mergeable false', 'description pulls/merge'),
  row(
    'merge.method',
    'A method that is not allowed is 405, by its words',
    'report palantir/bulldozer merge.go',
    false,
  ),
  row(
    'merge.unseen',
    '500, and git has merged while the pull request is open',
    'report chdsbd/kodiak#397',
    false,
  ),
  row(
    'merge.wrongTree',
    '200, and the base has another tree',
    'report of 23 April 2026, 2,092 pull requests',
    false,
  ),
  row(
    'calls.lostAnswer',
    '502 after the effect',
    'docs timeouts; report octokit/plugin-retry',
    false,
  ),
  row(
    'refs.exists',
    'Creating an existing ref is 422 "Reference already exists"',
    'description git/create-ref',
  ),
  row(
    'refs.fastForward',
    'A step back without force is 422 "Update is not a fast forward"',
    'description git/update-ref',
  ),
  row('refs.missing', 'Deleting a missing ref is 422', 'description git/delete-ref'),
  row('refs.force', '`force` is a JSON boolean or 422', 'report usk6666/yorishiro-proxy#82'),
  row(
    'refs.protected',
    'A protected branch is not deleted and not forced',
    'docs about-protected-branches',
  ),
  row('refs.default', 'The default branch is not deleted', 'docs about-branches', false),
  row(
    'updateRefs.lease',
    'beforeOid is a lease',
    'schema RefUpdate.beforeOid; how it is refused: unproved',
  ),
  row('updateRefs.atomic', 'All refs or none', 'schema UpdateRefsInput.refUpdates'),
  row('updateRefs.zeros', 'Forty zeros: must not be, shall not be', 'schema RefUpdate'),
  row('updateRefs.archive', 'refs/archive/… is taken', 'unproved'),
  row(
    'linkedBranch.taken',
    'A taken name answers nothing',
    'unproved: schema has linkedBranch nullable',
  ),
  row('push.atomic', 'An atomic push is all or none', 'docs git push --atomic', false),
  row('push.namespace', 'refs/sync/… is taken by a push, also backward', 'unproved', false),
  row(
    'push.protected',
    'A push that a rule forbids is refused as GH006 or GH013',
    'docs troubleshooting-required-status-checks',
    false,
  ),
  row('push.permission', 'Without contents: write a push is 403', 'docs http-403', false),
  row('push.lostAnswer', 'A push is done and its answer lost', 'docs timeouts', false),
  row(
    'commitOnBranch.lease',
    'Another head is refused as STALE_DATA',
    'docs createCommitOnBranch; type unproved',
  ),
  row(
    'graphql.pages',
    'A connection without first or last is refused',
    'docs rate-limits-and-node-limits-for-the-graphql-api',
  ),
  row(
    'status.combined',
    'failure over pending over success; pending without any',
    'description repos/get-combined-status-for-ref',
  ),
  row('checks.apps', 'Only an app creates check runs', 'description checks/create'),
  row(
    'checks.both',
    'A check and a status of one name must both pass',
    'docs troubleshooting-required-status-checks',
    false,
  ),
  row(
    'checks.newest',
    'Checks count on the newest commit only',
    'docs troubleshooting-required-status-checks',
    false,
  ),
  row(
    'checks.skipped',
    'skipped and neutral pass',
    'docs about-status-checks; report prow tide',
    false,
  ),
  row(
    'rules.sources',
    'Classic rules and rulesets both hold',
    'docs available-rules-for-rulesets; report kodiak evaluation.py',
    false,
  ),
  row('releases.drafts', 'Two drafts may share a tag', 'report release-drafter#1146'),
  row(
    'releases.many',
    'Beyond 1,000 releases listing them is 500',
    'report release-drafter find-previous-releases.ts',
    false,
  ),
  row(
    'matchingRefs.all',
    'Matching refs come in one answer',
    'description git/list-matching-refs: no pages',
  ),
  row(
    'protection.none',
    'Without protection: 404 "Branch not protected"',
    'fixture branch-protection',
  ),
  row('limits.primary', '403 with nothing remaining', 'docs rate-limits-for-the-rest-api', false),
  row(
    'limits.graphql',
    '200 with RATE_LIMITED inside',
    'docs rate-limits-for-the-graphql-api',
    false,
  ),
  row(
    'limits.secondary',
    '403 that says "secondary rate limit", sometimes without retry-after',
    'report octokit/plugin-throttling src/index.ts',
    false,
  ),
  row('limits.content', '80 creations a minute', 'docs about-secondary-rate-limits', false),
  row(
    'lag.list',
    'A new item is missing from lists for a while',
    'report release-please#826',
    false,
  ),
  row(
    'lag.read',
    '404 just after its event',
    'report prow client; semantic-release/github doNotRetry',
    false,
  ),
  row(
    'lag.status',
    'A status is read later than its event',
    'report palantir/bulldozer#187',
    false,
  ),
  row(
    'hooks.signature',
    'HMAC-SHA256 of the raw bytes',
    'docs validating-webhook-deliveries',
    false,
  ),
  row(
    'hooks.log',
    'Every delivery is logged with guid and answer',
    'description hook-delivery-item',
    false,
  ),
  row(
    'hooks.noRetry',
    'What failed is not sent again by itself',
    'docs handling-failed-webhook-deliveries',
    false,
  ),
  row(
    'hooks.again',
    'A redelivery has the same GUID',
    'docs best-practices-for-using-webhooks',
    false,
  ),
  row(
    'hooks.cut',
    'An answer that is late counts as none',
    'docs best-practices-for-using-webhooks: 10 seconds',
    false,
  ),
  row(
    'hooks.order',
    'Deliveries come twice, late, in another order, or not',
    'docs best-practices-for-using-webhooks',
    false,
  ),
  row(
    'apps.jwt',
    'A JWT of another key is 401',
    'docs generating-a-json-web-token-for-a-github-app',
    false,
  ),
  row(
    'apps.expiry',
    'A token of an installation lives an hour',
    'description apps/create-installation-access-token',
    false,
  ),
  row(
    'gates.once',
    'A custom protection rule is answered once',
    'docs creating-custom-deployment-protection-rules; second answer unproved',
    false,
  ),
];
