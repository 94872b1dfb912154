/** Sets a case on a stage of its own: a repository at the stand-in, mishaps before its API, and the tool at work in it. */
import assert from 'node:assert/strict';
import type { Control } from '../../src/github-standin/control.js';
import { startGithubStandin } from '../../src/github-standin/standin.js';
import { CannotDo, type ComparedCase, type Scene, type Verdict } from './case.js';
import type { ToolAtWork, ToolDriver } from './driver.js';
import { startInterference } from './interference.js';

let count = 0;

export async function tryCase(driver: ToolDriver, one: ComparedCase): Promise<Verdict> {
  const standin = await startGithubStandin();
  const mishaps = await startInterference(standin.url);
  const { control } = standin;
  control.limits.primaryPerHour = 1_000_000_000;
  count += 1;
  const repository = { owner: 'acme', name: `compared-${count}` };
  let tool: ToolAtWork | null = null;
  try {
    await control.createRepository(repository);
    const token = control.createToken('acme');
    tool = await driver.begin({
      ...{ repository, control, token, apiUrl: mishaps.url },
      cloneUrl: `${standin.url}/${repository.owner}/${repository.name}.git`,
    });
    await one.run(sceneOf(tool, control, repository, mishaps));
    return { kind: 'holds' };
  } catch (error) {
    if (error instanceof CannotDo) return { kind: 'cannot', reason: error.message };
    if (!(error instanceof assert.AssertionError)) throw error;
    return { kind: 'fails', seen: error.message };
  } finally {
    await tool?.stop();
    await mishaps.close();
    await standin.close();
  }
}

function sceneOf(
  tool: ToolAtWork,
  control: Control,
  repository: Scene['repository'],
  mishaps: Scene['mishaps'],
): Scene {
  const { format } = tool;
  const all = () => [...control.repository(repository).items.values()];
  const issues = () => all().filter(({ pull }) => pull === null);
  const fileOf: Scene['fileOf'] = async (number) => {
    const found = [...(await tool.files())].filter(
      ([path, text]) => format.numberOf(path, text) === number,
    );
    const paths = found.map(([path]) => path).join(', ');
    assert.equal(found.length, 1, `files of #${number}: ${paths || 'none'}`);
    const [path = '', text = ''] = found[0] ?? [];
    return { path, text };
  };
  return {
    ...{ tool, control, repository, mishaps, issues, fileOf },
    create: async ({ title, body = '', labels = [] }) =>
      (await control.createIssue(repository, { title, body, labels, as: 'ann' })).number,
    edit: async (number, change) => {
      const { title, body, labels } = change;
      await control.editIssue(
        repository,
        number,
        {
          ...(title !== undefined && { title }),
          ...(body !== undefined && { body }),
          ...(labels !== undefined && { labels }),
        },
        'bob',
      );
    },
    issue: (number) => control.item(repository, number),
    numbers: async () =>
      [...(await tool.files())].map(([path, text]) => format.numberOf(path, text)),
    async editFile(number, change) {
      const { path, text } = await fileOf(number);
      await tool.write({ [path]: format.edit(text, change) });
    },
    async everything() {
      const files = [...(await tool.files()).values()];
      const told = issues().flatMap(({ title, body, comments }) => [
        ...[title, body ?? ''],
        ...comments.map((comment) => comment.body),
      ]);
      return [...files, ...told, ...(await tool.elsewhere())].join('\n');
    },
    async state() {
      const told = all().map(({ number, title, body, state, labels, comments }) => ({
        ...{ number, title, body, state, labels: [...labels].sort() },
        comments: comments.map((comment) => comment.body),
      }));
      return JSON.stringify([told, [...(await tool.files())].sort(([a], [b]) => (a < b ? -1 : 1))]);
    },
  };
}
