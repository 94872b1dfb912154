/** Pushes, tags, releases and dispatches, as webhooks tell of them. */
import type { DispatchEvent, PushEvent, ReleaseEvent, TagEvent } from './event.js';
import { at, flagAt, idAt, latest, listAt, oneOf, shaAt, textAt, timeAt } from './fields.js';
import type { Reading } from './reading.js';

const branchPrefix = 'refs/heads/';
const tagPrefix = 'refs/tags/';

export function readPush(payload: unknown): Reading<PushEvent | TagEvent> {
  const ref = textAt(payload, 'ref') ?? '';
  const before = movedAt(payload, 'before');
  const after = movedAt(payload, 'after');
  if (before === undefined || after === undefined) return null;
  const action = after === null ? 'deleted' : before === null ? 'created' : 'updated';
  // The commit's own time is whatever its author's clock said; the host notes when it was pushed.
  const atMs = timeAt(payload, 'repository', 'pushed_at');
  const moved = { action, before, after, atMs } as const;
  if (ref.startsWith(tagPrefix)) return { kind: 'tag', tag: ref.slice(tagPrefix.length), ...moved };
  if (!ref.startsWith(branchPrefix)) return null;
  const branch = ref.slice(branchPrefix.length);
  return {
    kind: 'push',
    branch,
    isForced: flagAt(payload, 'forced'),
    isDefaultBranch: textAt(payload, 'repository', 'default_branch') === branch,
    ...moved,
  };
}

/** Null for the zeros that stand for nothing; undefined for what is no SHA. */
function movedAt(payload: unknown, field: 'before' | 'after'): string | null | undefined {
  const sha = shaAt(payload, field);
  if (sha === null) return undefined;
  return /^0+$/.test(sha) ? null : sha;
}

const releaseActions = [
  ...(['created', 'edited', 'published', 'unpublished'] as const),
  ...(['prereleased', 'released', 'deleted'] as const),
];

export function readRelease(payload: unknown): Reading<ReleaseEvent> {
  const release = at(payload, 'release');
  const releaseId = idAt(release, 'id');
  const tag = textAt(release, 'tag_name');
  if (releaseId === null || tag === null) return null;
  return {
    kind: 'release',
    action: oneOf(releaseActions, textAt(payload, 'action')) ?? 'other',
    releaseId,
    tag,
    target: textAt(release, 'target_commitish') ?? '',
    isDraft: flagAt(release, 'draft'),
    isPrerelease: flagAt(release, 'prerelease'),
    assets: listAt(release, 'assets').flatMap((asset) => {
      const name = textAt(asset, 'name');
      return name === null ? [] : [{ name, digest: textAt(asset, 'digest') }];
    }),
    atMs: latest(
      timeAt(release, 'created_at'),
      timeAt(release, 'published_at'),
      timeAt(release, 'updated_at'),
    ),
  };
}

export function readDispatch(payload: unknown): Reading<DispatchEvent> {
  const name = textAt(payload, 'action');
  if (name === null) return null;
  return {
    kind: 'dispatch',
    source: 'repository',
    name,
    ref: textAt(payload, 'branch') ?? '',
    payload: plainValues(at(payload, 'client_payload')),
    atMs: null,
  };
}

export function readWorkflowDispatch(payload: unknown): Reading<DispatchEvent> {
  const name = textAt(payload, 'workflow');
  const ref = textAt(payload, 'ref');
  if (name === null || ref === null) return null;
  return {
    kind: 'dispatch',
    source: 'workflow',
    name,
    ref: ref.replace(/^refs\/(?:heads|tags)\//, ''),
    payload: plainValues(at(payload, 'inputs')),
    atMs: null,
  };
}

const mostValues = 50;
const longestValue = 1_000;

/** Whoever may dispatch writes what he likes: only short plain values go on. */
function plainValues(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const plain = Object.entries(value).flatMap(([key, held]: [string, unknown]) => {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof held);
    const text = isPlain ? String(held) : '';
    return isPlain && key.length <= 100 && text.length <= longestValue
      ? [[key, text] as const]
      : [];
  });
  return Object.fromEntries(plain.slice(0, mostValues));
}
