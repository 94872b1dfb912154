/** kill -9 of Temporal, worker, API and playground at random points while releases are under way and more are triggered. */
import { openShop } from '../support/busy-shop.js';
import { describeKills } from '../support/kill-suite.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';

describeKills('all parts', {
  kills: crashRuns({ change: 10, full: 100 }),
  seed: crashSeed(),
  open: openShop,
});
