/** How long an API server that does not answer is waited for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type Cluster, connectCluster } from '../../../src/adapters/kubernetes/cluster.js';
import { kinds } from '../../../src/adapters/kubernetes/objects.js';
import { Failure } from '../../../src/domain/failures.js';

describe('a connection to an API server', function () {
  this.timeout(15_000);
  let folder: string;
  let server: Server;
  let cluster: Cluster;
  let isAway = false;
  let asking: unknown[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
    server = createServer(({ socket }, response) => {
      asking.push(socket);
      // Packets that vanish: nothing is refused, nothing is answered.
      if (!isAway) response.end(JSON.stringify({ metadata: { name: 'checkout' } }));
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    cluster = connectCluster({
      namespace: 'shop',
      kubeconfig: fileFor(`http://127.0.0.1:${port}`),
    });
  });
  after(async () => {
    await cluster.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function fileFor(url: string): string {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'one', server: url, skipTLSVerify: true },
      { name: 'user', token: 't' },
    );
    const file = join(folder, `${new URL(url).hostname}.kubeconfig`);
    writeFileSync(file, config.exportConfig());
    return file;
  }

  async function failedAfterMs(asked: Promise<unknown>): Promise<number> {
    const startedAtMs = performance.now();
    await assert.rejects(
      asked,
      (error) => error instanceof Failure && error.code === 'Unavailable',
    );
    return performance.now() - startedAtMs;
  }
  const read = () => cluster.read(kinds.service, 'checkout');

  it('gives a read up after 3 s, and every kept connection with it', async () => {
    await Promise.all([read(), read()]);
    const kept = asking;
    assert.equal(new Set(kept).size, 2);
    isAway = true;
    const tookMs = await failedAfterMs(read());
    assert.ok(tookMs > 2500 && tookMs < 4000, `${tookMs} ms`);
    isAway = false;
    asking = [];
    const [answer] = await Promise.all([read(), read()]);
    assert.equal(answer?.metadata.name, 'checkout');
    assert.ok(asking.length === 2 && asking.every((socket) => !kept.includes(socket)));
  });

  it('leaves requests that are under way on their connection', async () => {
    isAway = true;
    const early = failedAfterMs(read());
    const late = new Promise((resolve) => setTimeout(resolve, 1000)).then(() =>
      failedAfterMs(read()),
    );
    await early;
    assert.ok((await late) > 2500);
    isAway = false;
  });

  it('sends a patch that is not answered once more beside it', async () => {
    isAway = true;
    asking = [];
    const startedAtMs = performance.now();
    const patched = cluster.patch(kinds.service, 'checkout', {});
    setTimeout(() => {
      isAway = false;
    }, 1000);
    await patched;
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs > 1400 && tookMs < 2500, `${tookMs} ms`);
    assert.equal(asking.length, 2);
    await cluster.patch(kinds.service, 'checkout', {});
    assert.equal(asking.length, 3);
  });
});
