/** A bed by itself with one pod in it, which says `up` and stays, so that a test can end its namespace. */
import { createNamespace, createService, ready } from '../support/kubernetes.js';
import { startBed } from './bed.js';

const bed = await startBed();
const namespace = await createNamespace(bed, 'alone');
const env = [{ name: 'SLUICE_BED_MARK', value: process.env.SLUICE_BED_MARK ?? '' }];
const image = 'sluice.test/checkout:1.0.0';
await createService(bed, { namespace, name: 'only', image, replicas: 1, container: { env } });
await ready(bed, namespace, 'only');
process.stdout.write('up\n');
setInterval(() => undefined, 60_000);
