/** The metric source's contract over every platform. */
import { bothPlatforms } from '../support/platform-under-test.js';
import { metricSourceContract } from './metric-source.contract.js';

for (const platform of bothPlatforms) metricSourceContract(platform);
