/** Pages for people: repositories, branches, issues, pull requests, webhooks, and what is proved of all this. */
import type { Express, Request, Response } from 'express';
import { isProtected } from './acts/rules.js';
import { runsOf, statusesOf } from './acts/verdicts.js';
import { behaviours } from './behaviours.js';
import { timeText } from './clock.js';
import { type Html, html, table, wholePage } from './html.js';
import type { LogEntry } from './server.js';
import type { Delivery, Item, Repository } from './state.js';
import type { World } from './world.js';

export function mountPages(app: Express, world: World, log: readonly LogEntry[]): void {
  const show = (response: Response, title: string, body: Html) => {
    response
      .set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('html')
      .send(wholePage(title, body));
  };
  const named = (request: Request): Repository | null =>
    world.findRepository(String(request.params['owner']), String(request.params['name']));

  app.get('/', (_request, response) => {
    show(response, 'Stand-in GitHub', home(world, log));
  });
  app.get('/_standin/behaviours', (_request, response) => {
    show(response, 'What it does as GitHub does', behavioursPage());
  });
  app.get('/:owner/:name', async (request, response, next) => {
    const repository = named(request);
    if (repository === null) return next();
    show(response, pathOf(repository), await repositoryPage(world, repository));
  });
  app.get(
    ['/:owner/:name/issues/:number', '/:owner/:name/pull/:number'],
    (request, response, next) => {
      const repository = named(request);
      const item = repository?.items.get(Number(request.params['number']));
      if (!repository || item === undefined) return next();
      show(response, `#${item.number} ${item.title}`, itemPage(world, repository, item));
    },
  );
}

const pathOf = ({ owner, name }: Repository) => `${owner.login}/${name}`;
const link = (to: string, text: unknown) => html`<a href="${to}">${text}</a>`;
const short = (sha: string) => html`<code>${sha.slice(0, 8)}</code>`;

function home(world: World, log: readonly LogEntry[]): Html {
  const rows = [...world.repositories.values()].map((one) => {
    const items = [...one.items.values()].filter(({ state }) => state === 'open');
    const pulls = items.filter(({ pull }) => pull !== null).length;
    const branches = [...one.git.refs().keys()].filter((ref) => ref.startsWith('refs/heads/'));
    const path = pathOf(one);
    return [link(`/${path}`, path), branches.length, items.length - pulls, pulls];
  });
  const recent = log.slice(-30).reverse();
  return html`
    <p>Its time is ${timeText(world.clock.now())}. ${link('/_standin/behaviours', 'What it does as GitHub does')}</p>
    <h2>Repositories</h2>
    ${table(['repository', 'branches', 'open issues', 'open pull requests'], rows)}
    <h2>Webhooks of apps</h2>
    ${[...world.apps.values()].map(({ slug, hook }) => html`<h3>${slug}</h3>${deliveries(hook?.deliveries ?? [])}`)}
    <h2>Latest requests</h2>
    ${table(
      ['time', 'who', 'request', 'operation', 'answer'],
      recent.map((one) => [
        timeText(one.atMs),
        one.actor,
        `${one.method} ${one.path}`,
        one.fields.length > 0 ? one.fields.join(', ') : one.operation,
        one.status,
      ]),
    )}
  `;
}

async function repositoryPage(world: World, repository: Repository): Promise<Html> {
  const path = pathOf(repository);
  const refs = [...repository.git.refs()].filter(([ref]) => !ref.startsWith('refs/pull/'));
  const branches = [];
  for (const [ref, sha] of refs) {
    const commit = await repository.git.commit(sha);
    const name = ref.replace('refs/heads/', '');
    branches.push([
      name,
      short(sha),
      commit === null ? '' : timeText(commit.committer.atMs),
      commit?.author.name,
      commit?.message.split('\n')[0],
      isProtected(repository, name) ? 'protected' : '',
    ]);
  }
  const items = [...repository.items.values()].reverse();
  const hooks = [...repository.hooks.values()];
  return html`
    <h2>Refs</h2>
    ${table(['ref', 'at', 'committed', 'by', 'message', ''], branches)}
    <h2>Pull requests</h2>
    ${itemTable(
      path,
      items.filter(({ pull }) => pull !== null),
    )}
    <h2>Issues</h2>
    ${itemTable(
      path,
      items.filter(({ pull }) => pull === null),
    )}
    <h2>Deployments</h2>
    ${table(
      ['id', 'environment', 'at', 'state', 'says'],
      [...repository.deployments.values()].map((one) => [
        one.id,
        one.environment,
        short(one.sha),
        one.statuses[0]?.state ?? 'none',
        one.statuses[0]?.description,
      ]),
    )}
    <h2>Webhooks</h2>
    ${hooks.map((hook) => html`<h3>${hook.config.url}</h3>${deliveries(hook.deliveries)}`)}
    <p>Its clock says ${timeText(world.clock.now())}.</p>
  `;
}

function itemTable(path: string, items: readonly Item[]): Html {
  return table(
    ['number', 'title', 'state', 'labels', 'by', 'changed'],
    items.map((item) => [
      link(`/${path}/${item.pull === null ? 'issues' : 'pull'}/${item.number}`, `#${item.number}`),
      item.title,
      item.pull?.mergedAtMs ? 'merged' : item.state,
      item.labels.join(', '),
      item.author.login,
      timeText(item.updatedAtMs),
    ]),
  );
}

function itemPage(world: World, repository: Repository, item: Item): Html {
  const { pull } = item;
  const checks =
    pull === null
      ? []
      : [
          ...runsOf(world, repository, pull.headSha).map((run) => [
            run.name,
            run.conclusion ?? run.status,
            run.output.title,
          ]),
          ...statusesOf(world, repository, pull.headSha).map((one) => [
            one.context,
            one.state,
            one.description,
          ]),
        ];
  return html`
    <p>${link(`/${pathOf(repository)}`, pathOf(repository))}, ${item.state}, by ${item.author.login}, ${item.labels.join(', ')}</p>
    ${pull === null ? '' : html`<p>${pull.headRef} (${short(pull.headSha)}) into ${pull.baseRef}</p>`}
    <pre>${item.body}</pre>
    ${pull === null ? '' : html`<h2>Checks</h2>${table(['name', 'result', 'says'], checks)}`}
    <h2>Comments</h2>
    ${item.comments.map((one) => html`<p>${one.author.login}, ${timeText(one.createdAtMs)}</p><pre>${one.body}</pre>`)}
    <h2>Events</h2>
    ${table(
      ['time', 'what', 'who'],
      item.events.map((one) => [timeText(one.atMs), one.event, one.actor.login]),
    )}
  `;
}

function deliveries(list: readonly Delivery[]): Html {
  return table(
    ['time', 'event', 'guid', 'answer', ''],
    list
      .slice(0, 30)
      .map((one) => [
        timeText(one.atMs),
        `${one.event} ${one.action ?? ''}`,
        one.guid,
        `${one.statusCode} ${one.status}`,
        one.redelivery ? 'again' : '',
      ]),
  );
}

function behavioursPage(): Html {
  return table(
    ['behaviour', 'what', 'known from'],
    behaviours.map(({ id, says, evidence }) => [html`<code>${id}</code>`, says, evidence]),
  );
}
