import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { expositionOf, goldenFile, recordedEngines } from '../support/golden.ts';

describe('the exposition of recorded engines', () => {
  for (const engine of recordedEngines) {
    it(`is for ${engine} what it ought to be, to the byte`, async () => {
      expect(await expositionOf(engine)).to.equal(readFileSync(goldenFile(engine), 'utf8'));
    });

    it(`is for ${engine} accepted by promtool but for names that the contract sets`, function () {
      const checked = spawnSync('promtool', ['check', 'metrics'], {
        input: readFileSync(goldenFile(engine)),
        encoding: 'utf8',
      });
      if (checked.error !== undefined) {
        if (process.env.ENGINE_TESTS === 'required') throw checked.error;
        this.skip();
      }
      const remarks = checked.stderr.split('\n').filter((line) => line !== '');
      const unexpected = remarks.filter(
        (line) => !/^(docker_\w+_total|container_restart_count) .*should not have "_(total|count)" suffix$/.test(line),
      );
      expect(unexpected).to.deep.equal([]);
      // 3 is promtool's status for remarks, 1 for what it can't parse.
      expect(checked.status).to.equal(3);
    });
  }
});
