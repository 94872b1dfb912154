/** The traffic router's contract over every platform. */
import { bothPlatforms } from '../support/platform-under-test.js';
import { trafficRouterContract } from './traffic-router.contract.js';

for (const platform of bothPlatforms) trafficRouterContract(platform);
