/** Looks at an issue, and takes its steps at the code host: branch, pull request, closing, archive. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import {
  defaultTemplate,
  missingParts,
  partHints,
  pullBodyOf,
  pullTitleOf,
} from '../../domain/issue/pull-body.js';
import type { IssuesPolicy } from '../../domain/issue/schema.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { creationOf } from './creation.js';
import { branchOfIssue, lookAtIssue } from './look-at-issue.js';

/** Somebody pushed in between: the file is read again from the new head. */
const commitTries = 5;

interface IssueCall {
  readonly repository: RepositoryKey;
  readonly number: number;
  /** Workflow id, for the record. */
  readonly subject: string;
  /** What brought it about. */
  readonly cause: string;
}

export function createIssueActivities(ports: ActivityPorts) {
  return {
    observeIssue: lookAtIssue(ports),

    /** The issue's branch, made from the head of `from` unless one is there under whatever title. */
    async createIssueBranch(
      input: IssueCall & {
        readonly nodeId: string;
        readonly name: string;
        readonly pattern: string;
        /** Null: the default branch. */
        readonly from: string | null;
      },
    ): Promise<{ readonly name: string }> {
      const { repository, number, name, pattern, nodeId } = input;
      const { refs } = codeHostOf(ports);
      const there = await branchOfIssue(refs, repository, number, pattern);
      const isRepeated = activityInfo().attempt > 1;
      if (there !== null && !isRepeated) return { name: there.name };
      const from = input.from ?? (await refs.readRepository(repository)).defaultBranch;
      const sha = there?.sha ?? (await refs.readRef(repository, `refs/heads/${from}`));
      if (sha === null) {
        throw new Failure('NotFound', `there is no branch ${from} to begin from`, {
          where: 'repository.issues.branch.from',
          seen: from,
        });
      }
      const made = { issueNodeId: nodeId, name: there?.name ?? name, sha };
      if (there === null) await refs.createLinkedBranch(repository, made);
      await recordAct(ports, actOf(input), 'issueBranchCreated', {
        cause: input.cause,
        before: null,
        after: { branch: made.name, sha, from },
      });
      return { name: made.name };
    },

    /** The pull request from the issue's branch, from the repository's template. */
    async openIssuePull(
      input: IssueCall & {
        readonly branch: string;
        readonly base: string | null;
        readonly pull: IssuesPolicy['pull'];
      },
    ): Promise<{ readonly number: number }> {
      const { repository, number, branch, pull } = input;
      const { refs, contents, items, pulls } = codeHostOf(ports);
      const issue = await items.readItem(repository, number);
      if (issue === null) throw new Failure('NotFound', `issue ${number} is gone`);
      const base = input.base ?? (await refs.readRepository(repository)).defaultBranch;
      const template = await contents.readFile(repository, pull.template, base);
      const opened = await pulls.createPull(
        repository,
        {
          title: pullTitleOf(issue).slice(0, 250),
          body: pullBodyOf(template ?? defaultTemplate, issue, pull.required),
          head: branch,
          base,
          isDraft: pull.draft,
        },
        creationOf(`issue-pull/${number}`),
      );
      await recordAct(ports, actOf(input), 'issuePullOpened', {
        cause: input.cause,
        before: null,
        after: { pull: opened.number, branch, base },
      });
      return { number: opened.number };
    },

    /** A check on the head: whether the body still holds what is required. */
    async checkIssuePull(
      input: IssueCall & {
        readonly pull: number;
        readonly headSha: string;
        readonly body: string;
        readonly required: IssuesPolicy['pull']['required'];
      },
    ): Promise<{ readonly missing: readonly string[] }> {
      const { repository, number, pull, headSha, body, required } = input;
      const missing = missingParts(body, number, required);
      const hints = missing.map((part) => `- ${partHints[part](number)}`);
      await codeHostOf(ports).checks.report(repository, {
        name: 'Sluice template',
        sha: headSha,
        externalId: `issue-pull/${pull}/${headSha}`,
        conclusion: missing.length === 0 ? 'success' : 'failure',
        title:
          missing.length === 0 ? 'All required parts are there' : `Missing: ${missing.join(', ')}`,
        summary:
          missing.length === 0
            ? `The description of #${pull} holds what the template requires.`
            : ['Add to the description:', '', ...hints].join('\n'),
      });
      await recordAct(ports, actOf(input), 'issuePullChecked', {
        cause: input.cause,
        before: null,
        after: { pull, headSha, missing },
      });
      return { missing };
    },

    /** Where the host did not close it by itself. */
    async closeMergedIssue(input: IssueCall): Promise<void> {
      const { repository, number } = input;
      const { items } = codeHostOf(ports);
      const issue = await items.readItem(repository, number);
      const isOpen = issue?.state === 'open';
      if (isOpen) {
        await items.editItem(repository, number, { state: 'closed', stateReason: 'completed' });
      }
      if (!isOpen && activityInfo().attempt === 1) return;
      await recordAct(ports, actOf(input), 'issueClosed', {
        cause: input.cause,
        before: { state: 'open' },
        after: { state: 'closed', stateReason: 'completed' },
      });
    },

    /** Moves the issue's file by one commit. @throws PolicyDenied where the branch takes none from us */
    async archiveIssueFile(
      input: IssueCall & { readonly from: string; readonly to: string },
    ): Promise<{ readonly path: string | null }> {
      const { repository, number, from, to } = input;
      const { refs, contents } = codeHostOf(ports);
      const { defaultBranch: branch } = await refs.readRepository(repository);
      const note = (before: string | null, after: string) =>
        recordAct(ports, actOf(input), 'issueFileArchived', {
          cause: input.cause,
          before: { path: from, head: before },
          after: { path: to, head: after },
        });
      for (let tries = 1; ; tries += 1) {
        const head = await refs.readRef(repository, `refs/heads/${branch}`);
        if (head === null) throw new Failure('NotFound', `there is no branch ${branch}`);
        const text = await contents.readFile(repository, from, head);
        if (text === null) {
          const isThere = (await contents.readFile(repository, to, head)) !== null;
          if (isThere && activityInfo().attempt > 1) await note(null, head);
          return { path: isThere ? to : null };
        }
        try {
          const message = `Archive issue ${number}\n\nIt is closed: ${input.cause}`;
          const changes = [
            { path: from, text: null },
            { path: to, text },
          ];
          const sha = await contents.commitFiles(repository, {
            ...{ branch, message, changes },
            expectedHead: head,
          });
          await note(head, sha);
          return { path: to };
        } catch (error) {
          const moved = error instanceof Failure && error.code === 'Conflict';
          if (!moved || tries === commitTries) throw error;
        }
      }
    },
  };
}

function actOf({ subject, cause }: IssueCall): { subject: string; reason: string } {
  return { subject, reason: cause };
}
