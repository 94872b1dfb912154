/** Plays the story on a running stack, under steady load, and says what its users saw. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '../../embedded/stack.js';
import { issueToken } from '../../config/token-file.js';
import { Failure } from '../../domain/failures.js';
import { followRelease, type Glimpse, stageOf } from './follow-release.js';
import { startLoad } from './load.js';
import { createObservations } from './observations.js';
import { type DemoResult, demoResult, type ReleaseResult, releaseResult } from './report.js';
import { type DemoRelease, demoLoad, demoReleases, demoService } from './scenario.js';
import type { Screen } from './screen.js';
import { createStackClient, type StackClient } from './stack-client.js';

export interface DemoRun {
  readonly stack: Stack;
  readonly artifactsFolder: string;
  readonly screen: Screen;
  /** When the command began, epoch milliseconds: the start of the stack counts too. */
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
}

const hourMs = 3_600_000;

export async function runDemo(run: DemoRun): Promise<DemoResult> {
  const { stack, screen, signal } = run;
  const approver = await issueToken(stack.credentials.tokensFile, {
    owner: 'demo-approver',
    scopes: ['read', 'approve'],
    expiresAtMs: Date.now() + hourMs,
  });
  const client = await createStackClient(stack, approver.secret, signal);
  const seen = createObservations({
    badBy: new Map(demoReleases.map(({ version, isBad }) => [version, isBad])),
    condemned: new Set(
      demoReleases.filter(({ outcome }) => outcome === 'rolledBack').map(({ version }) => version),
    ),
  });
  const load = startLoad((answer) => seen.record(answer));
  const elapsedMs = () => Date.now() - run.startedAtMs;
  const say = (line: string) =>
    screen.say(`${(elapsedMs() / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const onGlimpse = (glimpse: Glimpse) => {
    for (const { environment, url, stable } of glimpse.targets) {
      // Before the first install there is nobody to answer.
      if (url !== null && stable !== null) load.aim(environment, url, demoLoad[environment] ?? 10);
    }
    screen.draw({
      elapsedMs: elapsedMs(),
      targets: glimpse.targets,
      ...spoken(glimpse),
      load: seen.totals,
    });
  };

  const ended = [];
  try {
    for (const told of demoReleases) {
      say(`${told.version}: ${told.story}`);
      load.during(told.version);
      await postRelease(client, told, run.artifactsFolder);
      const following = { client, service: demoService, version: told.version };
      ended.push(await followRelease({ ...following, say, onGlimpse, signal }));
    }
  } finally {
    // Slow answers still on their way belong to what users saw.
    await load.stop();
    screen.close();
  }
  const results: readonly ReleaseResult[] = ended.map((release) => releaseResult(release, seen));
  if (seen.totals.lost > 0)
    say(`${seen.totals.lost} requests were lost that no bad version explains`);
  return demoResult(demoReleases, results, { elapsedMs: elapsedMs(), lost: seen.totals.lost });
}

async function postRelease(
  client: StackClient,
  { version, body }: DemoRelease,
  folder: string,
): Promise<void> {
  const file = join(folder, `${demoService}-${version}.json`);
  const artifact = await readFile(file).catch((error: unknown) => {
    throw new Failure('NotFound', `the demo's artifact is missing`, { where: file }, error);
  });
  const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
  await client.post({ service: demoService, version, digest, ...body });
}

function spoken({ release, rollout }: Glimpse): { readonly now: string; readonly verdict: string } {
  const stage = stageOf(release);
  const step = rollout?.plan.steps[rollout.position]?.title;
  const where = stage === undefined ? '' : ` at ${stage.environment}`;
  return {
    now: `${release.version}${where}: ${release.phase}${step === undefined ? '' : `, ${step}`}`,
    verdict: rollout?.verdict?.reason ?? rollout?.timeline.at(-1)?.text ?? '',
  };
}
