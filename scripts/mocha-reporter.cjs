/** Mocha's spec reporter with a closing line of counts, appended with what failed to SLUICE_COUNTS_FILE as JSON. */
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** The beginning and the end: a cause often stands last. @param {string} text @param {number} most */
function shortened(text, most) {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  return `${text.slice(0, half)} … ${text.slice(-half)}`;
}

module.exports = class CountReporter extends reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {string[]} */
    const again = [];
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test, error) => {
      again.push(`${test.fullTitle()}: ${shortened(error?.message ?? '', 300)}`);
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      const seconds = ((this.stats.duration ?? 0) / 1000).toFixed(1);
      console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
      for (const one of again) console.log(`failed once and was tried again: ${one}`);
      const file = process.env.SLUICE_COUNTS_FILE;
      if (!file) return;
      const failures = this.failures.map((test) => ({
        file: test.file?.replace(`${process.cwd()}/`, ''),
        title: test.fullTitle(),
        message: shortened(test.err?.message ?? '', 900),
      }));
      appendFileSync(file, `${JSON.stringify({ passed, failed, skipped, failures, again })}\n`);
    });
  }
};
