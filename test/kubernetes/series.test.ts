/** Measured series out of a real Prometheus: its own parser finds every value where it was put, and nowhere else. */
import assert from 'node:assert/strict';
import { createPrometheusSeries } from '../../src/adapters/prometheus/series-source.js';
import type { QueryValues } from '../../src/domain/series/series.js';
import type { SeriesSource } from '../../src/ports/series-source.js';
import { prometheusUrl, startBed } from '../bed/bed.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { localWeb } from '../support/local-web.js';
import { hostileValues } from '../unit/series/hostile-values.js';

const values = (revision: string, instances = [revision]): QueryValues => {
  return { service: 'checkout', environment: 'production', revision, instances };
};

describeOnBed('series out of a real Prometheus', function () {
  this.timeout(60_000);
  let source: SeriesSource;
  before(async () => {
    await startBed();
    source = createPrometheusSeries({ url: prometheusUrl, web: localWeb() });
  });
  after(() => source?.close());

  async function read(query: string, candidate: QueryValues) {
    return source.readSeries(query, { candidate, stable: null });
  }

  it('are one value for each series, and none where there is none', async () => {
    const two = 'label_replace(vector(3), "pod", "a", "", "") or vector(4)';
    const query = `(${two}) unless on () up{job="{{revision}}"}`;
    const { candidate } = await read(query, values('no-such-job'));
    assert.deepEqual(
      candidate.toSorted((a, b) => a - b),
      [3, 4],
    );
    assert.deepEqual((await read('up{job="{{revision}}"}', values('no-such-job'))).candidate, []);
  });

  it(`keep ${hostileValues.length} hostile values in their literals`, async () => {
    for (const value of hostileValues) {
      // The label comes back as it was written; a query that was left early would fail or say something else.
      const same = `absent(up{job="{{revision}}",job=~"{{instances}}",job!="other"})`;
      const one = await read(`${same} * 7`, values(value));
      // Without a value the first matcher is for series without a job, and there are none.
      assert.deepEqual(one.candidate, [7], JSON.stringify(value));
      const quoted = await read("absent(up{job='{{revision}}'}) * 8", values(value));
      assert.deepEqual(quoted.candidate, [8], JSON.stringify(value));
    }
  });

  it('say what is wrong with a query', async () => {
    await assert.rejects(
      read('max by (pod up{job="{{revision}}"}', values('a')),
      /Prometheus .* answered 400: .*parse error.*; asked: max by \(pod up\{job="a"\}/,
    );
  });
});
