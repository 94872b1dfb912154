/** A base branch, pull requests and checks in memory, served by the merge queue's decisions one at a time. */
import { nextQueueAction, type QueueAction } from '../../../src/domain/merge/next-queue-action.js';
import {
  emptyQueue,
  type Candidate,
  type Member,
  type QueueLimits,
  type QueueState,
} from '../../../src/domain/merge/queue-state.js';
import {
  memberLeft,
  membersMerged,
  trialBegan,
  trialDiscarded,
  trialFailed,
} from '../../../src/domain/merge/queue-steps.js';

/** What a tree holds, in the order in which it came: that is all a check can know. */
type Tree = readonly string[];

export interface SimulatedQueue {
  state: QueueState;
  nowMs: number;
  readonly candidates: Map<number, Candidate>;
  /** `passed`: the base after it is what was tried, or its beginning. */
  readonly merged: { readonly number: number; readonly passed: boolean }[];
  /** `fails`: alone on the base as it is then. */
  readonly ejected: { readonly number: number; readonly trials: number; readonly fails: boolean }[];
  /** Trials so far. */
  trials: number;
  enter(candidate: Candidate): void;
  push(what: string): void;
  /** Does what is next; the act. */
  step(): QueueAction;
}

export interface SimulatedChecks {
  /** Whether what is tried passes; null: the checks have not ended. */
  readonly judge: (tree: Tree) => boolean | null;
  /** Merges fail after so many of a trial; default: never. */
  readonly mergesAtMost?: () => number;
}

export function simulateQueue(limits: QueueLimits, checks: SimulatedChecks): SimulatedQueue {
  let base: Tree = [];
  let verdict: 'passed' | 'pending' | 'failed' | null = null;
  let tried: Tree = [];
  const passedTrees = new Set<string>();
  const shaOf = (tree: Tree): string => tree.join('+') || 'root';
  const contentOf = ({ number, headSha }: Member): string => `${number}@${headSha}`;

  const queue: SimulatedQueue = {
    ...{ state: emptyQueue, nowMs: 0, candidates: new Map(), merged: [], ejected: [], trials: 0 },
    enter: (candidate) => void queue.candidates.set(candidate.number, candidate),
    push(what) {
      base = [...base, what];
    },
    step() {
      if (queue.state.trial !== null && verdict !== 'passed' && verdict !== 'failed') look();
      const sight = {
        baseSha: shaOf(base),
        candidates: [...queue.candidates.values()],
        verdict: verdict === null ? null : { kind: verdict, reason: 'build' },
        nowMs: queue.nowMs,
      };
      const action = nextQueueAction(queue.state, sight, limits);
      carryOut(action);
      return action;
    },
  };

  function look(): void {
    const passes = checks.judge(tried);
    verdict = passes === null ? 'pending' : passes ? 'passed' : 'failed';
    if (passes === true) passedTrees.add(shaOf(tried));
  }

  function carryOut(action: QueueAction): void {
    switch (action.kind) {
      case 'wait':
        return;
      case 'try': {
        queue.trials++;
        tried = [...base, ...action.members.map(contentOf)];
        verdict = 'pending';
        const { baseSha, members } = action;
        queue.state = trialBegan(queue.state, {
          ...{ n: queue.state.nextTrial, baseSha, members, startedAtMs: queue.nowMs },
          ...{ branch: 'queue', sha: shaOf(tried) },
        });
        return;
      }
      case 'discard':
        queue.state = trialDiscarded(queue.state);
        return;
      case 'bisect':
        queue.state = trialFailed(queue.state, action.trial);
        return;
      case 'eject':
        queue.state = memberLeft(queue.state, action.member);
        queue.candidates.delete(action.member.number);
        queue.ejected.push({
          ...{ number: action.member.number, trials: queue.trials },
          fails: checks.judge([...base, contentOf(action.member)]) === false,
        });
        return;
      case 'merge': {
        const { members } = action.trial;
        const count = Math.min(members.length, checks.mergesAtMost?.() ?? members.length);
        for (const member of members.slice(0, count)) {
          base = [...base, contentOf(member)];
          queue.candidates.delete(member.number);
          const { number } = member;
          const isTried = tried.slice(0, base.length).join('+') === base.join('+');
          queue.merged.push({ number, passed: isTried && passedTrees.has(shaOf(tried)) });
        }
        queue.state = membersMerged(queue.state, action.trial, count, shaOf(base));
      }
    }
  }
  return queue;
}
