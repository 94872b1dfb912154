/** The demo's way to speak with the stack: releases over the API, real weights from the playground. */
import { readFile } from 'node:fs/promises';
import type { ReleaseBodyInput } from '../../api/schemas/release.js';
import { Failure } from '../../domain/failures.js';
import { parseRolloutWorkflowId } from '../../domain/names.js';
import type { ReleaseView } from '../../domain/release/view.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import type { Stack } from '../../embedded/stack.js';

/** A target as its proxy serves it now. */
export interface LiveTarget {
  readonly environment: string;
  readonly url: string | null;
  readonly stable: string | null;
  readonly candidate: string | null;
  readonly weight: number;
}

export interface StackClient {
  post(body: ReleaseBodyInput): Promise<void>;
  release(service: string, version: string): Promise<ReleaseView>;
  rollout(rolloutId: string): Promise<RolloutView>;
  /** By the second person. */
  approve(service: string, version: string, environment: string, reason: string): Promise<void>;
  targets(): Promise<readonly LiveTarget[]>;
}

interface PlaygroundTargets {
  readonly targets: readonly {
    readonly target: { readonly environment: string };
    readonly url: string | null;
    readonly split: Pick<LiveTarget, 'stable' | 'candidate' | 'weight'>;
  }[];
}

export async function createStackClient(
  stack: Stack,
  approverToken: string,
  signal: AbortSignal,
): Promise<StackClient> {
  const { apiUrl, playgroundUrl, tokenFile } = stack.info;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const playgroundToken = (await readFile(stack.credentials.playgroundTokenFile, 'utf8')).trim();
  const call = createCaller(signal);
  return {
    async post(body) {
      await call(`${apiUrl}/v1/releases`, token, body);
    },
    release: (service, version) =>
      call<ReleaseView>(`${apiUrl}/v1/releases/${service}/${version}`, token),
    rollout(rolloutId) {
      const { target, n } = parseRolloutWorkflowId(rolloutId);
      const path = `${target.service}/${target.environment}/${n}`;
      return call<RolloutView>(`${apiUrl}/v1/rollouts/${path}`, token);
    },
    async approve(service, version, environment, reason) {
      const url = `${apiUrl}/v1/releases/${service}/${version}/approve`;
      await call(url, approverToken, { environment, reason });
    },
    async targets() {
      const url = `${playgroundUrl}/v1/targets`;
      const { targets } = await call<PlaygroundTargets>(url, playgroundToken);
      return targets.map(({ target, url: users, split }) => ({
        environment: target.environment,
        url: users,
        ...split,
      }));
    },
  };
}

const answerWithinMs = 10_000;

function createCaller(signal: AbortSignal) {
  /** GET, or POST when there is a body. @throws Unavailable with what the problem document says */
  return async <Answer>(url: string, token: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Failure('Unavailable', `${new URL(url).pathname} answered ${response.status}`, {
        where: url,
        seen: text.slice(0, 1000),
      });
    }
    return JSON.parse(text) as Answer;
  };
}
