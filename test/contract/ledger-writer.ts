/** A process that appends to a ledger file one event after the other and says each that is confirmed. */
import { openLedgerFile } from '../support/ledger-file.js';
import { ledgerEvent } from './ledger.contract.js';

const [file = '', name = '', count = '0'] = process.argv.slice(2);
const ledger = openLedgerFile(file);
for (let n = 0; n < Number(count); n++) {
  await ledger.append([ledgerEvent(`${name}${n}`)]);
  process.stdout.write(`${name}${n}\n`);
}
