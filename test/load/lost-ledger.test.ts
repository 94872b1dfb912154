/** The ledger is away, lost, and put back from an export: docs/disaster.md, step by step. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { AuditEvents, AuditHead } from '../../src/api/schemas/audit.js';
import { parsePrometheusText } from '../../src/domain/analysis/prometheus-text.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import type { Finding } from '../../src/domain/repository/finding.js';
import { reconcileScheduleId } from '../../src/domain/wire-names.js';
import { eventually } from '../support/local-stack.js';
import { type Rehearsal, startRehearsal } from '../support/rehearsal.js';

const staging = { service: 'cart', environment: 'staging' };

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('the ledger is lost', function () {
  // A command on a busy machine takes ten seconds by itself.
  this.timeout(400_000);
  this.retries(0);
  let shop: Rehearsal;
  let connection: Connection;
  let metricsUrl: string;
  let file: string;
  let kept: string;
  let rowsBefore: number;

  const headOf = async (): Promise<string> => {
    const { head } = await shop.answer<AuditHead>('sluice audit head');
    return `${head?.seq}:${head?.hash}`;
  };
  /** A pass of the reconciler, without waiting for its minute. */
  const pass = async (): Promise<void> => {
    const client = new Client({ connection });
    const schedule = client.schedule.getHandle(reconcileScheduleId);
    const info = async () => (await schedule.describe()).info;
    const { numActionsTaken } = await info();
    await schedule.trigger();
    const begun = async () => (await info()).numActionsTaken > numActionsTaken;
    await eventually('a pass has begun', begun, 30_000);
    const newest = (await info()).recentActions.at(-1)?.action.workflow.workflowId;
    // The next pass looks there for what this one saw.
    const query = `WorkflowId = '${newest}' AND ExecutionStatus = 'Completed'`;
    const isListed = async () => (await client.workflow.count(query)).count > 0;
    await eventually('it is over', isListed, 60_000);
  };
  const metric = async (name: string, label = ''): Promise<number | undefined> => {
    const text = await (await fetch(metricsUrl)).text();
    const lines = parsePrometheusText(text, 'worker').filter((line) => line.name === name);
    return lines.find(({ labels }) => label === '' || Object.values(labels).includes(label))?.value;
  };
  const losses = async (): Promise<readonly string[]> => {
    const { items } = await shop.answer<AuditEvents>('sluice audit list --kind recordLost');
    return items.map(({ reason }) => reason);
  };
  const recordFinding = async (): Promise<Finding | undefined> => {
    const { out } = await shop.type('sluice doctor --json');
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] };
    return findings.find(({ subject }) => subject === 'record');
  };
  const weight = async () => (await shop.readSplit(staging)).split.weight;

  before(async () => {
    const port = await freePort();
    metricsUrl = `http://127.0.0.1:${port}/metrics`;
    shop = await startRehearsal({ SLUICE_WORKER_METRICS_ADDRESS: `127.0.0.1:${port}` });
    file = join(shop.dataDir, 'ledger.jsonl');
    connection = await Connection.connect({ address: shop.temporalAddress });
    await shop.answer(
      `sluice release cart@1.0.0 --digest ${shop.artifact('cart', '1.0.0')} --reason "a test"`,
    );
    const waits = async () =>
      (await shop.read<ReleaseView>('/v1/releases/cart/1.0.0'))?.phase === 'AwaitingApproval';
    await eventually('staging has its first version', waits, 60_000);
    await shop.answer(
      `sluice release cart@1.1.0 --digest ${shop.artifact('cart', '1.1.0')} --reason "a test"`,
    );
    await eventually(
      'half of the traffic is on the candidate',
      async () => (await weight()) === 50,
      60_000,
    );
    await shop.answer(`sluice audit export ${shop.dataDir}/audit.jsonl`);
    kept = await headOf();
    rowsBefore = Number(kept.split(':')[0]);
    await pass();
  });
  after(async () => {
    await connection?.close();
    await shop?.stop();
  });

  it('is seen as long as it is there', async () => {
    assert.equal(await metric('sluice_ledger_rows', 'shop'), rowsBefore);
    assert.equal(await metric('sluice_scrape_error', 'ledger'), 0);
    assert.deepEqual(await losses(), []);
    assert.equal((await recordFinding())?.state, 'ok');
  });

  it('a rollback goes on without it, and everybody is told that it is away', async () => {
    renameSync(file, `${file}.gone`);
    // What nobody can append to, not even root.
    mkdirSync(file);
    const startedMs = Date.now();
    const { code, out, err } = await shop.type('sluice rollback cart/staging --reason "it is bad"');
    assert.equal(code, 0, `${out}${err}`);
    await eventually('all traffic is on stable', async () => (await weight()) === 0, 20_000);
    assert.ok(Date.now() - startedMs < 30_000);
    assert.equal(await metric('sluice_scrape_error', 'ledger'), 1);
    assert.equal(await metric('sluice_ledger_rows'), undefined);
    const found = await recordFinding();
    assert.equal(found?.state, 'fault', found?.seen);
    await pass();
  });

  it('a new chain begins, and names the head of the old one', async () => {
    rmdirSync(file);
    await pass();
    const found = await losses();
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', new RegExp(`the head was ${kept}$`));
    const { code, out } = await shop.type('sluice audit verify');
    assert.equal(code, 0, out);
    const cut = await shop.type(`sluice audit verify --head ${kept}`);
    assert.equal(cut.code, 1);
    assert.match(cut.out, /truncated|rewritten/);
    assert.ok(((await metric('sluice_ledger_rows', 'shop')) ?? rowsBefore) < rowsBefore);
    const finding = await recordFinding();
    assert.equal(finding?.state, 'warning');
    assert.ok(finding?.seen.includes(kept), finding?.seen);
    await pass();
    assert.equal((await losses()).length, 1, 'once');
  });

  it('the rollback that it missed is recorded later', async () => {
    const isThere = async () => {
      const { items } = await shop.answer<AuditEvents>('sluice audit list --kind stableRestored');
      return items.some(({ subject }) => subject === 'rollout:cart:staging:2');
    };
    await eventually('it is recorded', isThere, 120_000);
  });

  it('an export is put back, and the record says what is missing since', async () => {
    const interim = await headOf();
    await pass();
    await Promise.all([shop.parts.worker.stop(), shop.parts.api.stop()]);
    const said = await shop.type(
      `cd ${shop.dataDir} && mv ledger.jsonl ledger-interim.jsonl && cp audit.jsonl ledger.jsonl`,
    );
    assert.equal(said.code, 0, said.err);
    await Promise.all([shop.parts.worker.start(), shop.parts.api.start()]);
    await pass();
    const sound = await shop.type(`sluice audit verify --head ${kept}`);
    assert.equal(sound.code, 0, sound.out);
    const found = await losses();
    assert.equal(found.length, 1);
    const [seq] = interim.split(':');
    assert.match(
      found[0] ?? '',
      new RegExp(`another chain stands in its place: the head was ${seq}`),
    );
    const apart = await shop.type(
      `sluice audit verify --file ${shop.dataDir}/ledger-interim.jsonl --head ${interim}`,
    );
    assert.equal(apart.code, 0, apart.out);
  });
});
