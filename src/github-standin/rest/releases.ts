/** Releases: drafts, published ones, and notes made from what was merged. */
import { timeText, timeTextOrNull } from '../clock.js';
import { tell } from '../acts/hooks.js';
import { nodeId } from '../node-id.js';
import { invalidField, notFound, Problem } from '../problem.js';
import { showAccount } from '../present/account.js';
import { apiUrl, htmlUrl } from '../present/repository.js';
import type { Release } from '../state.js';
import {
  type Call,
  created,
  flag,
  needed,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  text,
} from './call.js';

const releases = '/repos/{owner}/{repo}/releases';
/** Beyond so many, listing them fails: release-drafter's find-previous-releases.ts. */
const listedAtMost = 1000;

function show(call: Call, one: Release) {
  const url = `${apiUrl(call.world, call.repository())}/releases/${one.id}`;
  const html = htmlUrl(call.world, call.repository());
  return {
    url,
    html_url: `${html}/releases/tag/${one.isDraft ? `untagged-${one.id}` : one.tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: one.isDraft ? null : `${url}/tarball`,
    zipball_url: one.isDraft ? null : `${url}/zipball`,
    id: one.id,
    node_id: nodeId('RE', call.repository().id, one.id),
    tag_name: one.tag,
    target_commitish: one.target,
    name: one.name,
    body: one.body,
    draft: one.isDraft,
    prerelease: one.isPrerelease,
    immutable: false,
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.createdAtMs),
    published_at: timeTextOrNull(one.publishedAtMs),
    author: showAccount(call.world, one.author),
    assets: [],
  };
}

function releaseOf(call: Call): Release {
  const id = numberParam(call, 'release_id');
  const found = call.repository().releases.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Two drafts may share a tag; two published ones may not. */
function change(call: Call, one: Release): void {
  const tag = text(call, 'tag_name') ?? one.tag;
  const isDraft = flag(call, 'draft') ?? one.isDraft;
  const isTaken = call
    .repository()
    .releases.some((other) => other !== one && !other.isDraft && other.tag === tag);
  if (!isDraft && isTaken) throw invalidField('Release', 'tag_name', 'already_exists');
  one.tag = tag;
  one.isDraft = isDraft;
  one.target = text(call, 'target_commitish') ?? one.target;
  one.name = text(call, 'name') ?? one.name;
  one.body = text(call, 'body') ?? one.body;
  one.isPrerelease = flag(call, 'prerelease') ?? one.isPrerelease;
}

/** Publishing makes the tag where there is none, and is told. */
async function publish(call: Call, one: Release): Promise<void> {
  if (one.isDraft || one.publishedAtMs !== null) return;
  const { git } = call.repository();
  const ref = `refs/tags/${one.tag}`;
  if (!git.refs().has(ref)) {
    const sha = git.refs().get(`refs/heads/${one.target}`) ?? one.target;
    if ((await git.commit(sha)) === null) throw invalidField('Release', 'target_commitish');
    await git.move([{ ref, before: null, after: sha }]);
  }
  one.publishedAtMs = call.world.clock.now();
  for (const action of ['published', 'released']) {
    if (action === 'released' && one.isPrerelease) continue;
    tell(call.world, call.repository(), call.actor, 'release', action, {
      release: { ...show(call, one), name: one.name ?? '', reactions: undefined },
    });
  }
}

const published = (call: Call) =>
  call
    .repository()
    .releases.filter(({ isDraft }) => !isDraft)
    .sort((a, b) => (b.publishedAtMs ?? 0) - (a.publishedAtMs ?? 0) || b.id - a.id);

function notes(call: Call) {
  const tag = needed(call, 'tag_name');
  const merged = [...call.repository().items.values()].filter(({ pull }) => pull?.mergedAtMs);
  const html = htmlUrl(call.world, call.repository());
  const lines = merged.map(
    ({ title, author, number }) => `* ${title} by @${author.login} in ${html}/pull/${number}`,
  );
  const log = `**Full Changelog**: ${html}/commits/${tag}`;
  return { name: tag, body: ["## What's Changed", ...lines, '', '', log].join('\n') };
}

export const releaseOperations: readonly Operation[] = [
  operation('repos/list-releases', `GET ${releases}`, 'contents:read', (call) => {
    const rows = [...call.repository().releases].reverse();
    if (rows.length > listedAtMost) throw new Problem(500, 'Server Error');
    return paged(call, rows, (one) => show(call, one));
  }),
  operation('repos/create-release', `POST ${releases}`, 'contents:write', async (call) => {
    const repository = call.repository();
    const one: Release = {
      id: call.world.nextId(),
      author: call.actor.account,
      createdAtMs: call.world.clock.now(),
      publishedAtMs: null,
      tag: needed(call, 'tag_name'),
      target: repository.defaultBranch,
      name: null,
      body: null,
      isDraft: false,
      isPrerelease: false,
    };
    change(call, one);
    await publish(call, one);
    repository.releases.push(one);
    return created(show(call, one));
  }),
  operation(
    'repos/generate-release-notes',
    `POST ${releases}/generate-notes`,
    'contents:write',
    (call) => ok(notes(call)),
  ),
  operation('repos/get-latest-release', `GET ${releases}/latest`, 'contents:read', (call) => {
    const found = published(call).find(({ isPrerelease }) => !isPrerelease);
    if (found === undefined) throw notFound();
    return ok(show(call, found));
  }),
  operation('repos/get-release-by-tag', `GET ${releases}/tags/{+tag}`, 'contents:read', (call) => {
    const found = published(call).find(({ tag }) => tag === call.params['tag']);
    if (found === undefined) throw notFound();
    return ok(show(call, found));
  }),
  operation('repos/get-release', `GET ${releases}/{release_id}`, 'contents:read', (call) =>
    ok(show(call, releaseOf(call))),
  ),
  operation(
    'repos/update-release',
    `PATCH ${releases}/{release_id}`,
    'contents:write',
    async (call) => {
      const one = releaseOf(call);
      change(call, one);
      await publish(call, one);
      return ok(show(call, one));
    },
  ),
  operation('repos/delete-release', `DELETE ${releases}/{release_id}`, 'contents:write', (call) => {
    const one = releaseOf(call);
    const repository = call.repository();
    repository.releases = repository.releases.filter((other) => other !== one);
    return noContent;
  }),
];
