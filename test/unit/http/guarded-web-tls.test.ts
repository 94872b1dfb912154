/** Metric sources behind TLS of one's own: by whom they are vouched for, and who may ask them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import {
  createGuardedWeb,
  type GuardedWebOptions,
} from '../../../src/adapters/http/guarded-web.js';
import { createAuthority } from '../../support/certificates.js';

const asked = { source: 'Prometheus', query: 'up', secrets: [] };
const ours = createAuthority('ours');
const theirs = createAuthority('theirs');

describe('a metric source behind TLS', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let askedBy: string[];

  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const ask = async (tls: NonNullable<GuardedWebOptions['tls']>) => {
    const web = createGuardedWeb({ networks: ['127.0.0.0/8'], timeoutMs: 1000, tls });
    try {
      return await web.ask({ url, method: 'GET', headers: {} }, asked);
    } finally {
      await web.close();
    }
  };
  const filesOf = async (subject: string, authority = ours) => {
    const { certificate, key } = authority.issue(subject);
    return {
      cert: await file(`${subject}.pem`, certificate),
      key: await file(`${subject}.key`, key),
    };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    const { certificate, key } = ours.issue('prometheus');
    server = createServer(
      { cert: certificate, key, ca: ours.certificate, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        askedBy.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
        response.end('"well"');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    askedBy = [];
  });

  it('is asked with a certificate of our own', async () => {
    const ca = await file('ca.pem', ours.certificate);
    assert.equal(await ask({ ca, ...(await filesOf('sluice')) }), 'well');
    assert.deepEqual(askedBy, ['sluice']);
  });

  it('is asked with the certificate that lies there now', async () => {
    const ca = await file('ca.pem', ours.certificate);
    const { cert, key } = await filesOf('sluice');
    const web = createGuardedWeb({ networks: ['127.0.0.0/8'], tls: { ca, cert, key } });
    await web.ask({ url, method: 'GET', headers: {} }, asked);
    const renewed = ours.issue('sluice-renewed');
    await writeFile(cert, renewed.certificate);
    await writeFile(key, renewed.key);
    await web.ask({ url, method: 'GET', headers: {} }, asked);
    await web.close();
    assert.deepEqual(askedBy, ['sluice', 'sluice-renewed']);
  });

  it('is not asked when nobody known vouches for it', async () => {
    const ca = await file('theirs.pem', theirs.certificate);
    await assert.rejects(ask({ ca, ...(await filesOf('sluice')) }), /does not answer \([A-Z_]+\)/);
    await assert.rejects(ask(await filesOf('sluice')), /does not answer \([A-Z_]+\)/);
    assert.deepEqual(askedBy, []);
  });

  it('does not answer without a certificate, or with one of somebody else', async () => {
    const ca = await file('ca.pem', ours.certificate);
    await assert.rejects(ask({ ca }), /does not answer/);
    await assert.rejects(ask({ ca, ...(await filesOf('stranger', theirs)) }), /does not answer/);
    assert.deepEqual(askedBy, []);
  });

  it('is not asked without a file that is named, and the failure names it', async () => {
    const ca = join(folder, 'nowhere.pem');
    await assert.rejects(ask({ ca }), /was not asked: the file .*nowhere\.pem cannot be read/);
  });
});
