'use strict';
const { reporters } = require('mocha');

/** mocha's spec report, closed by the one line that continuous integration reads. */
class Reporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    reporters.Base.consoleLog(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  }
}

module.exports = Reporter;
