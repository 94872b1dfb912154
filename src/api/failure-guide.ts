/** What each failure comes from and how it is mended: the same words in the API's reference and in docs/errors.md. */
import { failureRules } from '../domain/failures.js';
import { type ProblemCode, problemCodes } from './schemas/problem.js';

interface Guide {
  /** Where it comes from, one or two sentences. */
  readonly cause: string;
  /** What to do; commands in back quotes, each one that there is. */
  readonly mend: string;
}

export const failureGuide: Readonly<Record<ProblemCode, Guide>> = {
  InvalidInput: {
    cause: 'A field, parameter, header or file is not of the form that is asked for.',
    mend: 'Read `errors`: every fault is named with its place and what is allowed. For `sluice.yaml` run `sluice validate`.',
  },
  Unauthenticated: {
    cause: 'There is no token, or it is unknown, revoked, expired, or signed by somebody else.',
    mend: 'Make one with `sluice token create --owner <name> --scopes read`, and send it as `Authorization: Bearer slc_…`. In a job of GitHub Actions ask for a new one: docs/ci.md.',
  },
  Forbidden: {
    cause:
      'The token is good, but not for this: it lacks the scope, the environment or the service. Of a job, no rule fits its claims.',
    mend: 'Compare `seen` with `limit`. See what tokens may do with `sluice token list`, and use or make one for it; for jobs write a rule into `access.githubActions.jobs`.',
  },
  NotFound: {
    cause:
      'There is nothing of that name, or it was kept no longer than the Temporal namespace keeps what has ended.',
    mend: 'List what there is: `sluice get release`, `sluice get target`.',
  },
  MethodNotAllowed: {
    cause: 'The path is right and the method is not.',
    mend: 'Use one of the methods that `Allow` names; GET /docs shows what each does.',
  },
  Conflict: {
    cause:
      'Something moved between reading and writing, or a port or lock is taken by another process.',
    mend: 'Look again at what `where` names, then repeat the command if it still makes sense.',
  },
  StaleWrite: {
    cause:
      'A newer rollout or command has written the same thing meanwhile. The older one does nothing: that is the fence at work.',
    mend: 'Nothing needs mending. `sluice get target` shows who holds the target now.',
  },
  DigestMismatch: {
    cause:
      'A version names one artifact for ever, and this one has another digest than the version was first posted with.',
    mend: 'Release the new artifact under a new version. If the build should have been the same, find out why it was not.',
  },
  AlreadyPromoted: {
    cause: 'This version with this digest went through all environments before.',
    mend: 'Nothing to do. To run it again where another version runs now, use `sluice rollback <service>/<environment> --version <version> --reason <why>` or release a new version.',
  },
  SameDigestRunning: {
    cause: 'The artifact runs at the target already, so a rollout would change nothing.',
    mend: 'Nothing to do. To release changed configuration alone, post the digest under a new version.',
  },
  OlderVersion: {
    cause: 'The version is older than the stable one of the target.',
    mend: 'To go back, use `sluice rollback <service>/<environment> --reason <why>`. If it is meant to go forward, release with `--allow-older`.',
  },
  TargetLocked: {
    cause: 'Somebody has locked the target; the problem says who, why and until when.',
    mend: 'Wait, or ask who locked it. `sluice unlock <service>/<environment> --reason <why>` opens it; rollback passes a lock.',
  },
  TargetBusy: {
    cause: 'Another rollout runs at the target, and its environment queues nothing.',
    mend: 'Follow it with `sluice watch <service>/<environment>`, or end it with `sluice abort <service>/<environment>#<n> --reason <why>`.',
  },
  CommandRejected: {
    cause:
      'The command does not fit what is going on: it has ended, is paused, or waits for something else.',
    mend: 'See where it is and which commands it takes: `sluice why <service>@<version>`.',
  },
  CandidateUnhealthy: {
    cause:
      'Instances of the candidate do not start, do not answer their health path, or end again.',
    mend: 'Read the sentence of the problem and the logs of the instances; `sluice why <service>/<environment>#<n>` has the record. Mend it and release a new version.',
  },
  PreflightFailed: {
    cause:
      'The platform would not run the candidate: a refused object, a quota, a missing reference. Nothing was deployed.',
    mend: 'Mend what is named; `sluice plan <service>@<version> --digest <digest>` shows whether it is gone.',
  },
  MigrationFailed: {
    cause:
      'The Job that runs before the candidate did not succeed. The candidate was not deployed.',
    mend: 'Read the logs of the Job that is named. Mend the migration and release a new version.',
  },
  HistoryNotReplayed: {
    cause:
      'Workflows that are under way go along with new workers, and the new code does something else than the history says was done.',
    mend: 'Do not deploy this build. Keep the order of commands with `patched()`, or give the change a workflow type of its own; then `sluice workers check` again.',
  },
  PolicyDenied: {
    cause: 'A rule of the configuration said no: who may approve, how many, when, or from where.',
    mend: 'The problem names the rule and what it allows. Ask somebody whom it allows, or change `sluice.yaml`.',
  },
  UnsupportedMediaType: {
    cause: 'The body is not JSON in UTF-8, or is not said to be.',
    mend: 'Send `Content-Type: application/json`.',
  },
  PayloadTooLarge: {
    cause: 'The body, its depth, its number of values, or the headers are over the limit.',
    mend: 'Send less: `limit` says how much. docs/api.md has all limits.',
  },
  IdempotencyKeyReused: {
    cause: 'The same `Idempotency-Key` came with another body before.',
    mend: 'Send a new key with a new body, or the old body with the old key.',
  },
  RateLimited: {
    cause: 'The token asked, or watches, more than its share.',
    mend: 'Come back after `Retry-After`. Follow with `sluice watch <service>@<version>` or a stream instead of asking in a loop.',
  },
  NotReady: {
    cause: 'The process starts or ends, or something that it needs is not configured yet.',
    mend: 'Do what `hint` says, or ask again in a moment: another replica may answer.',
  },
  Unavailable: {
    cause:
      'Temporal, a worker or a system behind does not answer, or too much is under way. A command that was sent may still be taken.',
    mend: 'Ask again after `Retry-After`, with the same `Idempotency-Key`. If it stays, see that the server and its workers run; on this machine: `sluice up`.',
  },
  DeadlineExceeded: {
    cause: 'What was asked for took longer than it may.',
    mend: 'See how far it got with `sluice why <service>@<version>`, and ask again with more time.',
  },
  Internal: {
    cause: 'A fault of the server that nobody foresaw.',
    mend: 'Find the request id in the logs of the API, and report what stands there.',
  },
};

/** `docs/errors.md`. */
export function renderErrorsPage(): string {
  return [
    '# Errors',
    '',
    'Every error of the API and the command line has one of these codes. The problem itself says more: `detail` what happened,',
    '`seen` and `limit` the numbers, `where` the place, `hint` the next command. This page is written from the code that',
    'answers: `node --import tsx scripts/publish-errors.mjs`.',
    '',
    ...problemCodes.flatMap((code) => {
      const { status, title, again } = told(code);
      const { cause, mend } = failureGuide[code];
      return [
        `## ${code}`,
        `**${status} ${title}.** ${again}`,
        '',
        `- Cause: ${cause}`,
        `- Mend: ${mend}`,
        '',
      ];
    }),
  ].join('\n');
}

function told(code: ProblemCode): { status: number; title: string; again: string } {
  if (code === 'Internal') {
    return { status: 500, title: 'A fault of the server', again: 'Asking again rarely helps.' };
  }
  const { status, title, retry } = failureRules[code];
  const again =
    retry === 'never' ? 'Asking again does not help.' : 'The same request may succeed later.';
  return { status, title, again };
}
