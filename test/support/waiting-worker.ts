/** A worker's process for one kind of workflow: `waiting-worker.ts <address> <queue> <file with the bundle>`. */
import { readFile } from 'node:fs/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

async function work(address: string, taskQueue: string, bundle: string): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const worker = await Worker.create({
    ...{ connection: await NativeConnection.connect({ address }), taskQueue },
    workflowBundle: { code: await readFile(bundle, 'utf8') },
    reuseV8Context: true,
    // What the dead one was given goes to another after this.
    stickyQueueScheduleToStartTimeout: '2s',
  });
  process.stdout.write('ready\n');
  await worker.run();
}

const [address = '', taskQueue = '', bundle = ''] = process.argv.slice(2);
void work(address, taskQueue, bundle);
