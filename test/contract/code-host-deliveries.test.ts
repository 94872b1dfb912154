/** The log of deliveries through the port, at the stand-in. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('deliveries of a code host', () => {
  let github: GithubUnderTest;
  let receiver: Server;
  let answer = 500;
  const received: (string | string[] | undefined)[] = [];
  before(async () => {
    receiver = createServer((request, response) => {
      received.push(request.headers['x-github-delivery']);
      request.resume();
      response.writeHead(answer).end();
    });
    await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready));
    const { port } = receiver.address() as AddressInfo;
    const hook = { url: `http://127.0.0.1:${port}/v1/webhooks/github`, secret: 's' };
    github = await startGithub({ isJudged: true, hook });
  });
  after(async () => {
    await github.stop();
    receiver.close();
  });

  it('tells what did not arrive, and has it sent again under the same GUID', async () => {
    const { control, codeHost, repository } = github;
    await control.createIssue(repository, { title: 'Lost' });
    await control.settle();
    const [lost] = await codeHost.deliveries.listDeliveries(0);
    assert.deepEqual([lost?.event, lost?.action, lost?.status], ['issues', 'opened', 500]);
    assert.equal(lost?.guid, received.at(-1));
    answer = 202;
    await codeHost.deliveries.redeliver(lost?.id ?? '');
    await control.settle();
    const again = await codeHost.deliveries.listDeliveries(0);
    assert.deepEqual(
      again.slice(0, 2).map(({ guid, status }) => [guid, status]),
      [
        [lost?.guid, 202],
        [lost?.guid, 500],
      ],
    );
    assert.deepEqual(received.slice(-2), [lost?.guid, lost?.guid]);
    assert.deepEqual(await codeHost.deliveries.listDeliveries(control.now() + 60_000), []);
  });

  it('says that a person has no such log', async () => {
    const person = github.connect({ token: github.control.createToken('ada') });
    await assert.rejects(person.deliveries.listDeliveries(0), { code: 'Forbidden' });
    await assert.rejects(person.deliveries.redeliver('1'), { code: 'Forbidden' });
  });
});
