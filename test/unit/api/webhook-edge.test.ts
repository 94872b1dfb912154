/** The edge for webhooks, case by case: what is answered, and that nothing begins but by what was signed and is an event. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import fc from 'fast-check';
import { problemSchema } from '../../../src/api/schemas/problem.js';
import { type ApiUnderTest, serveApi, webhookSecret } from '../../support/api-under-test.js';
import { writeRaw } from '../../support/raw-http.js';
import { pushOf, type Sending, type Sent, send, signed } from '../../support/webhook-sender.js';
import { webhookCases } from './webhook-cases.js';

/** Ids of all workflows that were asked for: the one way in which the edge reaches anything. */
let started: string[] = [];
const known = new Set<string>();
const client = {
  withAbortSignal: (_signal: AbortSignal, ask: () => Promise<unknown>) => ask(),
  withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
  workflow: {
    async start(workflowType: string, { workflowId }: { readonly workflowId: string }) {
      if (known.has(workflowId)) {
        throw new WorkflowExecutionAlreadyStartedError('it is there', workflowId, workflowType);
      }
      known.add(workflowId);
      started.push(workflowId);
    },
  },
} as unknown as Client;

const body = JSON.stringify(pushOf('main'));
const requestMs = 1_500;
let secrets: readonly string[] = [webhookSecret];
let api: ApiUnderTest;
before(async () => {
  api = await serveApi(client, { webhookSecrets: async () => secrets }, { requestMs });
});
after(() => api.stop());
beforeEach(() => {
  started = [];
  secrets = [webhookSecret];
});

const to = (sending?: Sending): Promise<Sent> => send(api.url, sending);

/** Status, the problem's code or the result; and that the answer is whole. */
function saidBy({ status, headers, body: said }: Sent): readonly [number, string] {
  const { code = '', result = code } = said;
  if (status >= 400 && code !== '') {
    assert.match(String(headers['content-type']), /^application\/problem\+json/);
    const problem = problemSchema.parse(said);
    assert.equal(problem.status, status);
    assert.doesNotMatch(JSON.stringify(problem), /shared with|node_modules|\.ts\b/);
  }
  return [status, String(result)];
}

describe(`the edge for webhooks, ${webhookCases.length} ways to come`, () => {
  const taken: number[] = [];

  for (const { name, sending, want } of webhookCases) {
    it(`${name}: ${want.join(' ')}`, async () => {
      const answer = await to(sending);
      assert.deepEqual(saidBy(answer), want, JSON.stringify(answer.body));
      assert.equal(started.length, want[1] === 'accepted' ? 1 : 0);
      assert.ok(started.every((id) => /^delivery:acme\/shop:[A-Za-z0-9-]+$/.test(id)));
      if (answer.status === 202) taken.push(answer.ms);
    });
  }

  it('answers within a second whatever it takes', () => {
    const median = taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)] ?? 0;
    assert.ok(taken.length > 20 && median < 1_000, `${taken.join(', ')} ms`);
  });
});

describe('secrets of webhooks', () => {
  const old = 'the old secret of it';
  const young = 'the new secret of it';
  const said = async (secret: string) => saidBy(await to({ secret }));

  it('are both good while one is changed, and no third is', async () => {
    secrets = [old, young];
    assert.deepEqual(await said(old), [202, 'accepted']);
    assert.deepEqual(await said(young), [202, 'accepted']);
    assert.deepEqual(await said(webhookSecret), [401, 'Unauthenticated']);
    assert.equal(started.length, 2);
  });

  it('do not count once they are taken away', async () => {
    secrets = [young];
    assert.deepEqual(await said(old), [401, 'Unauthenticated']);
    assert.deepEqual(started, []);
  });

  it('that are too short are passed over beside a good one', async () => {
    secrets = ['short', young];
    assert.deepEqual(await said('short'), [401, 'Unauthenticated']);
    assert.deepEqual(await said(young), [202, 'accepted']);
    secrets = ['short'];
    assert.deepEqual(await said('short'), [503, 'NotReady']);
    assert.equal(started.length, 1);
  });

  it('that are not there close the edge', async () => {
    secrets = [];
    assert.deepEqual(await said(webhookSecret), [404, 'NotFound']);
    assert.deepEqual(await said(''), [404, 'NotFound']);
    assert.deepEqual(started, []);
  });
});

describe('a delivery that comes again', () => {
  it('is a duplicate by its GUID, with another body and another event too', async () => {
    const guid = randomUUID();
    assert.deepEqual(saidBy(await to({ guid })), [202, 'accepted']);
    assert.deepEqual(saidBy(await to({ guid })), [202, 'duplicate']);
    const other = JSON.stringify(pushOf('other'));
    assert.deepEqual(saidBy(await to({ guid, body: other })), [202, 'duplicate']);
    const create = JSON.stringify({ ...pushOf('x'), ref: 'x', ref_type: 'branch' });
    const again = saidBy(await to({ guid, event: 'create', body: create }));
    assert.equal(again[0], 202);
    assert.notEqual(again[1], 'accepted');
    assert.equal(started.length, 1);
  });

  it('begins once when it comes 20 times at once', async () => {
    const guid = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => to({ guid })));
    const results = answers.map((answer) => saidBy(answer)[1]).sort();
    assert.deepEqual(results, ['accepted', ...Array.from({ length: 19 }, () => 'duplicate')]);
    assert.equal(started.length, 1);
  });

  it('counts for nothing when it was signed by nobody', async () => {
    const guid = randomUUID();
    assert.equal((await to({ guid, secret: 'another secret altogether' })).status, 401);
    assert.deepEqual(saidBy(await to({ guid })), [202, 'accepted']);
  });
});

const write = (...parts: readonly (string | Buffer)[]) => writeRaw(api.url, parts);

const head = (...more: readonly string[]) =>
  [
    'POST /v1/webhooks/github HTTP/1.1',
    'Host: sluice',
    'Content-Type: application/json',
    'X-GitHub-Event: push',
    `X-GitHub-Delivery: ${randomUUID()}`,
    `X-Hub-Signature-256: ${signed(body)}`,
    ...more,
    '\r\n',
  ].join('\r\n');
const most = 25 * 1024 * 1024;

describe('a webhook that is written by hand', () => {
  const rows: Readonly<Record<string, () => readonly [number, ...(string | Buffer)[]]>> = {
    'as it should be': () => [202, head(`Content-Length: ${body.length}`), body],
    'and says that it is too long': () => [413, head(`Content-Length: ${most + 1}`)],
    'and says that it is longer than there are numbers': () => [
      400,
      head(`Content-Length: ${'9'.repeat(40)}`),
    ],
    'and is too long without a word about it': () => [
      413,
      head('Transfer-Encoding: chunked'),
      `${(most + 1).toString(16)}\r\n`,
      Buffer.alloc(most + 1, 0x20),
      '\r\n0\r\n\r\n',
    ],
    'and has two lengths': () => [
      400,
      head(`Content-Length: ${body.length}`, 'Content-Length: 2'),
      body,
    ],
    'and has a length and pieces, as smugglers write it': () => [
      400,
      head(`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'),
      body,
    ],
    'and has a length that is none': () => [400, head('Content-Length: many'), body],
    'and has pieces that are none': () => [400, head('Transfer-Encoding: chunked'), 'zz\r\n'],
    'and has less than it says': () => [408, head(`Content-Length: ${body.length + 9}`), body],
    'and brings its body never': () => [408, head(`Content-Length: ${body.length}`)],
    'and never ends its headers': () => [408, head().slice(0, -2)],
    'and has a header of 20,000 letters': () => [431, head(`X-More: ${'x'.repeat(20_000)}`)],
    'and has 3,000 headers': () => [
      431,
      head(...Array.from({ length: 3_000 }, (_, n) => `X-${n}: xxx`)),
    ],
    'and has a header in two lines': () => [400, head('X-More: a', '\x01 b', 'Content-Length: 0')],
    'and speaks another version': () => [400, head().replace('HTTP/1.1', 'HTTP/9.9')],
    'and is no HTTP': () => [400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  };
  for (const [name, row] of Object.entries(rows)) {
    it(`${name}: ${row()[0]}`, async () => {
      const [status, ...parts] = row();
      const answer = await write(...parts);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), answer.slice(0, 300));
      assert.equal(started.length, status === 202 ? 1 : 0);
      if (status !== 202) assert.match(answer, /application\/problem\+json/);
    });
  }

  it('and takes its time does not keep others waiting, however much it says will come', async () => {
    const slow = Array.from({ length: 12 }, () =>
      write(head(`Content-Length: ${most}`), 'only this'),
    );
    const answer = await to();
    assert.deepEqual(saidBy(answer), [202, 'accepted']);
    for (const said of await Promise.all(slow)) assert.match(said, /^HTTP\/1\.1 408 /);
    assert.equal(started.length, 1);
  });
});

describe('whatever is sent to the edge', function () {
  this.timeout(60_000);
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((json) => new TextEncoder().encode(json)),
    fc.string({ unit: 'binary' }).map((letters) => new TextEncoder().encode(letters)),
  );

  it('begins nothing unless its very bytes are signed', async () => {
    const index = fc.nat();
    await fc.assert(
      fc.asyncProperty(anyBytes, index, fc.nat({ max: 7 }), async (bytes, at, bit) => {
        const given = bytes.length === 0 ? new Uint8Array([0x7b]) : bytes;
        const changed = Uint8Array.from(given);
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit);
        const headers = { 'x-hub-signature-256': signed(given) };
        const answer = await to({ body: changed, headers });
        assert.deepEqual(saidBy(answer), [401, 'Unauthenticated']);
        assert.deepEqual(started, []);
      }),
      { numRuns: 150 },
    );
  });

  it('is ignored or refused when it is signed and no event', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const [status, said] = saidBy(await to({ body: bytes }));
        assert.ok(
          (status === 202 && said === 'ignored') || (status === 400 && said === 'InvalidInput'),
          `${status} ${said}`,
        );
        assert.deepEqual(started, []);
      }),
      { numRuns: 150 },
    );
  });

  it('is no fault of ours, with any headers', async () => {
    const value = fc.oneof(
      fc.constantFrom('push', 'application/json', signed(body), randomUUID(), 'gzip', 'chunked'),
      fc.string({ unit: fc.constantFrom(...'abz019-_=;,./ '.split('')), maxLength: 80 }),
    );
    const names = ['content-type', 'content-encoding', 'x-github-event', 'x-github-delivery'];
    const name = fc.constantFrom(...names, 'x-hub-signature-256', 'accept', 'x-request-id');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.option(value)), anyBytes, async (headers, bytes) => {
        const [status] = saidBy(await to({ headers, body: bytes }));
        assert.ok([202, 400, 401, 415].includes(status), `${status}`);
        assert.deepEqual(started, []);
      }),
      { numRuns: 150 },
    );
    assert.ok(!api.log.some((line) => line.includes('unforeseen fault')));
  });
});
