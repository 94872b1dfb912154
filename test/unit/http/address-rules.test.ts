/** No webhook connects to an address it may not call, however its URL is written and whatever its name resolves to. */
import assert from 'node:assert/strict';
import { classifyAddress } from '../../../src/adapters/http/address-rules.js';
import type { ResolvedAddress } from '../../../src/adapters/http/guarded-agent.js';
import { createHttpGate } from '../../../src/adapters/http/http-gate.js';
import { isAllowedHost } from '../../../src/adapters/http/url-rules.js';
import { never, smokeTest, webhookGate } from '../../contract/gate.contract.js';
import { answerStatus, attemptsDuring, startServer } from './local-server.js';
import { deniedHosts, deniedUrls } from './url-corpus.js';

const resolved = (...addresses: string[]): readonly ResolvedAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('addresses', () => {
  const rows = {
    public: [
      '1.1.1.1',
      '93.184.216.34',
      '172.32.0.1',
      '172.15.0.1',
      '100.63.0.1',
      '100.128.0.1',
      '2606:4700::1111',
      '2a00:1450::1',
    ],
    local: [
      '127.0.0.1',
      '127.255.255.255',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '::1',
      'fd12::1',
      '::ffff:10.0.0.1',
    ],
    never: [
      '0.0.0.0',
      '169.254.169.254',
      '100.100.100.200',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      'fe80::1',
      'fe80::1%eth0',
      'ff02::1',
      'fd00:ec2::254',
      '::ffff:169.254.169.254',
      '::ffff:1.1.1.1',
      '2002:7f00:1::',
      'localhost',
      '',
    ],
  };
  for (const [want, addresses] of Object.entries(rows)) {
    it(`${want}: ${addresses.join(' ')}`, () => {
      for (const address of addresses) assert.equal(classifyAddress(address), want, address);
    });
  }

  it('hosts are allowed exactly, or below a star', () => {
    const allowed = ['Gate.example.com', '*.example.org'];
    const yes = ['gate.example.com', 'a.example.org', 'a.b.example.org'];
    const no = [
      'example.com',
      'a.gate.example.com',
      'example.org',
      '.example.org',
      'evilexample.org',
      'example.org.evil.test',
      'gate.example.com.',
    ];
    for (const host of yes) assert.equal(isAllowedHost(host, allowed), true, host);
    for (const host of no) assert.equal(isAllowedHost(host, allowed), false, host);
  });
});

describe(`${deniedHosts.length + deniedUrls.length} forms of URL`, () => {
  const gate = createHttpGate({ resolve: async () => resolved('127.0.0.1') });

  it(`${deniedHosts.length} hosts: refused without a connection`, async () => {
    for (const host of deniedHosts) {
      const url = `https://${host}:9/gate`;
      let passed = true;
      const attempts = await attemptsDuring(async () => {
        ({ passed } = await gate.webhook(webhookGate(url, { allowInsecure: false }), {}, never));
      });
      assert.equal(passed, false, url);
      assert.deepEqual(attempts, [], url);
    }
  });

  it('the spy sees connections by TLS: the checks above can fail', async () => {
    const url = 'https://127.0.0.1:9/gate';
    const attempts = await attemptsDuring(() => gate.webhook(webhookGate(url), {}, never));
    assert.deepEqual(attempts, ['127.0.0.1']);
  });

  it(`${deniedUrls.length} other URLs: refused without a connection or their secrets repeated`, async () => {
    for (const url of deniedUrls) {
      let said = '';
      const attempts = await attemptsDuring(async () => {
        const allowed = { allowedHosts: ['gate.test'], allowInsecure: false };
        const { passed, reason } = await gate.webhook(webhookGate(url, allowed), {}, never);
        assert.equal(passed, false, url);
        assert.match(reason, /^gate not asked: /, url);
        said = reason;
      });
      assert.deepEqual(attempts, [], url);
      assert.doesNotMatch(said, /secret|passwd/, url);
    }
  });

  it('insecure gates may call this machine, and still no metadata service', async () => {
    const denied = deniedHosts.filter((host) => {
      const url = `http://${host}/`;
      return (
        URL.canParse(url) &&
        classifyAddress(new URL(url).hostname.replace(/[[\]]/g, '')) === 'never'
      );
    });
    assert.ok(denied.length >= 100);
    for (const host of denied) {
      const attempts = await attemptsDuring(() =>
        gate.webhook(webhookGate(`http://${host}:9/`, { timeoutMs: 200 }), {}, never),
      );
      // A name with a trailing dot and the like is resolved to this machine above, which is allowed here.
      assert.ok(
        attempts.every((address) => address === '127.0.0.1'),
        host,
      );
    }
  });
});

describe('names that resolve elsewhere', () => {
  for (const addresses of [
    ['127.0.0.1'],
    ['1.1.1.1', '127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['10.0.0.1', '1.1.1.1'],
    [],
  ]) {
    it(`[${addresses.join(' ')}]: refused without a connection`, async () => {
      const gate = createHttpGate({ resolve: async () => resolved(...addresses) });
      let reason = '';
      const attempts = await attemptsDuring(async () => {
        const asked = webhookGate('https://gate.test:9/x?token=1', { allowInsecure: false });
        ({ reason } = await gate.webhook(asked, {}, never));
      });
      assert.deepEqual(attempts, []);
      assert.equal(
        reason,
        'gate.test:9 resolves to an address that gates may not call, expected 200–202',
      );
    });
  }

  it('connect to the very address that was checked, and are checked again at the next connection', async () => {
    const server = await startServer(answerStatus);
    const answers = [resolved('127.0.0.1'), resolved('169.254.169.254')];
    let asked = 0;
    const gate = createHttpGate({ resolve: async () => answers[asked++] ?? [] });
    const webhook = webhookGate(`http://gate.test:${server.port}/status/200`);
    const first = await attemptsDuring(async () => {
      assert.equal((await gate.webhook(webhook, {}, never)).passed, true);
    });
    const second = await attemptsDuring(async () => {
      assert.equal((await gate.webhook(webhook, {}, never)).passed, false);
    });
    assert.deepEqual([first, second, asked], [['127.0.0.1'], [], 2]);
    await server.close();
  });

  it('smoke tests reach instances on this machine and no metadata service', async () => {
    const gate = createHttpGate({ resolve: async () => resolved('169.254.169.254') });
    const attempts = await attemptsDuring(async () => {
      for (const base of [
        'http://metadata.test',
        'http://169.254.169.254',
        'http://[fd00:ec2::254]',
        'ftp://a',
        'x',
      ]) {
        assert.equal((await gate.smoke([base], smokeTest(), never)).passed, false, base);
      }
      for (const path of ['@evil.test/', '.evil.test/', ':80@evil.test/', '']) {
        assert.equal(
          (await gate.smoke(['http://127.0.0.1:9'], smokeTest({ path }), never)).passed,
          false,
          path,
        );
      }
    });
    assert.deepEqual(attempts, []);
  });
});
