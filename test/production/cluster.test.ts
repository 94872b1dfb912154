/** kill -9 of every kind of process of a production: each role of a Temporal cluster, its PostgreSQL, our workers, our API. */
import { openShop } from '../support/busy-shop.js';
import { describeKills } from '../support/kill-suite.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { openProduction } from '../cluster/production.js';

describeKills('a production', {
  kills: crashRuns({ change: 10, full: 200 }),
  seed: crashSeed(),
  open: (seed, withinMs) => openShop(seed, withinMs, openProduction),
});
