/** Decides which autoscalers and disruption budgets turn, where to, and back to where; pure. */
import { canonicalJson } from '../../../domain/canonical-json.js';
import { type TargetKey, targetPath } from '../../../domain/names.js';
import { annotations } from '../names.js';
import type { KubernetesObject } from '../objects.js';
import type { FollowerKind, Pointer, Surroundings } from './follower-kinds.js';

/** What is noted on an object that was turned. */
interface Following {
  /** Where it pointed before us. */
  readonly was: Pointer;
  /** Where we turned it: if it points elsewhere now, somebody else did that. */
  readonly is: Pointer;
}

export interface Turn {
  readonly of: FollowerKind;
  readonly object: KubernetesObject;
  /** Null: it points right, and only needs the notes of the latest decision. */
  readonly to: Pointer | null;
  /** Merge patch without notes of the decision. */
  readonly patch: object;
  /** One clause. @example 'HorizontalPodAutoscaler checkout points to checkout' */
  readonly clause: string;
}

export interface Listed {
  readonly of: FollowerKind;
  readonly objects: readonly KubernetesObject[];
}

const same = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);
const isMine = ({ metadata }: KubernetesObject, target: TargetKey) =>
  metadata.annotations?.[annotations.target] === targetPath(target);

function followingOf({ metadata }: KubernetesObject): Following | null {
  const text = metadata.annotations?.[annotations.following];
  return text === undefined ? null : (JSON.parse(text) as Following);
}

export function planTurns(
  target: TargetKey,
  listed: readonly Listed[],
  surroundings: Surroundings,
): readonly Turn[] {
  return listed.flatMap(({ of, objects }) =>
    objects.flatMap((object) => turnOf(target, of, object, surroundings) ?? []),
  );
}

function turnOf(
  target: TargetKey,
  of: FollowerKind,
  object: KubernetesObject,
  surroundings: Surroundings,
): Turn | null {
  const now = of.pointer(object);
  const owner = object.metadata.annotations?.[annotations.target];
  if (now === null || (owner !== undefined && !isMine(object, target))) return null;
  const noted = followingOf(object);
  const turned = noted !== null && same(noted.is, now);
  if (!turned && !of.isMeant(now, surroundings)) return null;
  const { template, stable } = surroundings;
  const isTemplate = stable.metadata.name === template?.metadata.name;
  const wanted = isTemplate && turned ? noted.was : of.wanted(stable);
  const clause = `${of.kind.kind} ${object.metadata.name} points to ${describe(now)}`;
  if (same(now, wanted)) {
    return owner === undefined ? null : { of, object, to: null, patch: {}, clause };
  }
  // Whoever pointed it at a revision by hand gets the Deployment back that outlives revisions.
  const pointsAtTemplate = typeof now !== 'string' || template?.metadata.name === now;
  const original = pointsAtTemplate || template === null ? now : of.wanted(template);
  const following: Following = { was: turned ? noted.was : original, is: wanted };
  const metadata = { annotations: { [annotations.following]: JSON.stringify(following) } };
  return { of, object, to: wanted, patch: { metadata, ...of.point(now, wanted) }, clause };
}

/** The way back to where they pointed before us; one that somebody else has pointed elsewhere only loses our notes. */
export function planReturns(target: TargetKey, listed: readonly Listed[]): readonly Turn[] {
  return listed.flatMap(({ of, objects }) =>
    objects.flatMap((object) => {
      const noted = followingOf(object);
      if (noted === null || !isMine(object, target)) return [];
      const now = of.pointer(object);
      const clause = `${of.kind.kind} ${object.metadata.name} points to ${now === null ? 'nothing' : describe(now)}`;
      const isOurs = now !== null && same(now, noted.is);
      const patch = isOurs ? of.point(now, noted.was) : {};
      return [{ of, object, to: isOurs ? noted.was : null, patch, clause }];
    }),
  );
}

/** What sets the number of instances of a Deployment; null when nothing does. */
export function scalerOf(listed: readonly Listed[], deployment: string): string | null {
  for (const { of, objects } of listed) {
    const found = of.scales && objects.find((object) => of.pointer(object) === deployment);
    if (found) return `${of.kind.kind} ${found.metadata.name}`;
  }
  return null;
}

function describe(pointer: Pointer): string {
  if (typeof pointer === 'string') return pointer;
  const { matchLabels = {}, matchExpressions = [] } = pointer;
  const equal = Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) =>
    [key, operator, ...values].join(' '),
  );
  return [...equal, ...others].join(', ');
}
