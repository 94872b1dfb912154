/** Which releases an event is the start of, before anything is read: pure of the code host. */
import type { RepositoryKey } from '../repository/names.js';
import type { PullEvent, RepositoryEvent } from '../webhook/event.js';
import type { Trigger } from './schema.js';

/** Where the digest of the artifact is found. */
export type DigestSource =
  | { readonly kind: 'known'; readonly digest: string }
  /** Read at the commit. */
  | { readonly kind: 'file'; readonly path: string };

/** How the version is found. */
export type VersionSource =
  | { readonly kind: 'known'; readonly version: string }
  /** `0.0.0-<stem>.<time of the commit>.g<sha>`: the same for a commit whenever it is asked. */
  | { readonly kind: 'commit'; readonly stem: string };

export interface WantedRelease {
  readonly service: string;
  readonly version: VersionSource;
  readonly digest: DigestSource;
  /** SHA or full ref; null where nobody says. */
  readonly commit: string | null;
  readonly from: string | null;
  readonly requestedBy: string;
  readonly reason: string;
}

/** One that would be wanted, were it not for what is wrong with it. */
export interface UnfitRelease {
  readonly service: string;
  readonly unfit: string;
}

export function wantedReleases(
  event: RepositoryEvent,
  triggers: readonly Trigger[],
  defaultBranch: string,
): readonly (WantedRelease | UnfitRelease)[] {
  return triggers.flatMap((trigger) => {
    const wanted = wantedBy(event, trigger, defaultBranch);
    return wanted === null ? [] : [wanted];
  });
}

/** Whether any trigger could be meant: for most events nothing needs to be read. */
export function mayTrigger({ kind }: Pick<RepositoryEvent, 'kind'>): boolean {
  return ['tag', 'release', 'push', 'pull', 'dispatch'].includes(kind);
}

function wantedBy(
  event: RepositoryEvent,
  trigger: Trigger,
  defaultBranch: string,
): WantedRelease | UnfitRelease | null {
  const { service, from = null } = trigger;
  const requestedBy = event.actor?.login ?? 'github';
  const by = { service, from, requestedBy };
  switch (trigger.on) {
    case 'tag': {
      if (event.kind !== 'tag' || event.action !== 'created') return null;
      if (!matches(trigger.tags, event.tag)) return null;
      const version = versionOfTag(event.tag);
      if (version === null) return { service, unfit: `tag ${event.tag} names no version` };
      return {
        ...by,
        version: { kind: 'known', version },
        digest: { kind: 'file', path: trigger.digest.file },
        commit: `refs/tags/${event.tag}`,
        reason: `tag ${event.tag}`,
      };
    }
    case 'release': {
      const isOut = event.kind === 'release' && ['published', 'released'].includes(event.action);
      if (!isOut || event.isDraft || !matches(trigger.tags, event.tag)) return null;
      if (event.isPrerelease && !trigger.prereleases) return null;
      const version = versionOfTag(event.tag);
      if (version === null) return { service, unfit: `release ${event.tag} names no version` };
      const digest = digestOf(trigger.digest, event.assets, version);
      if (typeof digest === 'string') return { service, unfit: digest };
      return {
        ...{ ...by, digest, version: { kind: 'known', version } },
        commit: `refs/tags/${event.tag}`,
        reason: `release ${event.tag}`,
      };
    }
    case 'push': {
      if (event.kind !== 'push' || event.after === null) return null;
      if (!matches(trigger.branches ?? defaultBranch, event.branch)) return null;
      return {
        ...by,
        version: { kind: 'commit', stem: slug(event.branch) },
        digest: { kind: 'file', path: trigger.digest.file },
        commit: event.after,
        reason: `push to ${event.branch}`,
      };
    }
    case 'pull': {
      if (event.kind !== 'pull' || event.state === 'closed' || !isOwn(event)) return null;
      const isNews = ['opened', 'synchronize', 'reopened', 'labeled', 'readyForReview'];
      if (!isNews.includes(event.action) || !event.labels.includes(trigger.label)) return null;
      if (event.action === 'labeled' && event.label !== trigger.label) return null;
      return {
        ...by,
        version: { kind: 'commit', stem: `pr.${event.number}` },
        digest: { kind: 'file', path: trigger.digest.file },
        commit: event.head.sha,
        reason: `pull request #${event.number}`,
      };
    }
    case 'dispatch': {
      if (event.kind !== 'dispatch' || event.name !== trigger.name) return null;
      const said = (field: string): string | null =>
        Object.hasOwn(event.payload, field) ? (event.payload[field] ?? null) : null;
      const version = said(trigger.version.payload);
      const digest = said(trigger.digest.payload);
      if (version === null)
        return { service, unfit: `no ${trigger.version.payload} in the payload` };
      if (digest === null) return { service, unfit: `no ${trigger.digest.payload} in the payload` };
      return {
        ...by,
        from: said(trigger.environment.payload) ?? from,
        version: { kind: 'known', version },
        digest: { kind: 'known', digest },
        commit: said('sha'),
        reason: `dispatch ${event.name}`,
      };
    }
    case 'schedule':
      return null;
  }
}

/** A fork's head holds what strangers write. */
function isOwn({ head, repository }: PullEvent): boolean {
  const path = ({ owner, name }: RepositoryKey): string => `${owner}/${name}`.toLowerCase();
  return head.repository !== null && path(head.repository) === path(repository);
}

function digestOf(
  source: (Trigger & { readonly on: 'release' })['digest'],
  assets: readonly { readonly name: string; readonly digest: string | null }[],
  version: string,
): DigestSource | string {
  if ('file' in source) return { kind: 'file', path: source.file };
  const name = source.asset.replaceAll('{version}', version);
  const asset = assets.find((each) => each.name === name);
  if (asset === undefined) return `it has no asset ${name}`;
  return asset.digest === null
    ? `the host knows no digest of ${name}`
    : { kind: 'known', digest: asset.digest };
}

/** `*` stands for anything, also nothing; everything else for itself. */
export function matches(glob: string, name: string): boolean {
  const parts = glob.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === glob;
  if (!name.startsWith(first) || name.length < first.length + last.length) return false;
  let at = first.length;
  const end = name.length - last.length;
  // Leftmost finds are enough, and unlike a regular expression they never go back.
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return name.endsWith(last);
}

/** `v1.2.0`, `checkout-v1.2.0`, `checkout@1.2.0-rc.1` */
export function versionOfTag(tag: string): string | null {
  const [, version] = /(?:^|[^0-9A-Za-z.])v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag) ?? [];
  return version ?? null;
}

/** The part of a version that names a branch. */
export function slug(branch: string): string {
  const text = branch
    .replaceAll(/[^0-9A-Za-z]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  // A number with a leading zero is no part of a version.
  return /^0\d+$/.test(text) || text === '' ? `b${text}` : text;
}

/** Later commits have later versions, and a commit always the same. */
export function versionOfCommit(stem: string, sha: string, committedAtMs: number): string {
  const at = new Date(committedAtMs).toISOString().replaceAll(/[-:T]|\..*$/g, '');
  return `0.0.0-${stem}.${at}.g${sha.slice(0, 7)}`;
}
