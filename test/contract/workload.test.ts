/** The workload contract over every platform. */
import { bothPlatforms } from '../support/platform-under-test.js';
import { workloadContract } from './workload.contract.js';

for (const platform of bothPlatforms) workloadContract(platform);
