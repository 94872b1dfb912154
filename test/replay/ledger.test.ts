/** Ledgers that earlier versions wrote: today's reads each as it was meant, and goes on where it ended. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { emptyReadModel, foldEvents } from '../../src/domain/ledger/read-model.js';
import { verifiedChain } from '../contract/ledger.contract.js';
import { openLedgerFile } from '../support/ledger-file.js';
import { rolloutEvents } from '../support/recorded-rollouts.js';

const kept = resolve(import.meta.dirname, 'ledgers');

describe('ledgers of earlier versions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledgers-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of readdirSync(kept)) {
    it(`${name}: is sound, tells the same, and goes on`, async () => {
      const file = join(folder, name);
      cpSync(join(kept, name), file);
      const ledger = openLedgerFile(file);
      assert.equal((await verifiedChain(ledger)).rows, 40);
      const events = await ledger.read({ subject: null, limit: 100 });
      const { releases, deployments } = foldEvents(emptyReadModel, events);
      assert.equal(releases.get('release:service-3:1.1.0')?.requestedBy, 'ci');
      assert.deepEqual(
        deployments.map(({ target, outcome, revision }) => `${target} ${outcome} ${revision}`),
        [
          'service-0/production promoted 1.1.0-4f2a9c1b',
          'service-1/production promoted 1.1.0-4f2a9c1b',
          'service-2/production promoted 1.1.0-4f2a9c1b',
          'service-3/production rolledBack 1.1.0-4f2a9c1b',
        ],
      );
      await ledger.append(rolloutEvents(50).slice(40));
      assert.equal((await verifiedChain(ledger)).rows, 50);
    });
  }
});
