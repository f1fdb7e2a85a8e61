import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type GoldenFile, goldenFiles, goldenPath, outputOf, recordedEngines } from '../support/golden.ts';
import { requireTools } from '../support/tools.ts';

describe('the metrics of recorded engines', () => {
  for (const engine of recordedEngines) {
    for (const file of Object.keys(goldenFiles) as GoldenFile[]) {
      it(`equal ${engine}/${file} to the byte`, async () => {
        expect(await outputOf(engine, file)).to.equal(readFileSync(goldenPath(engine, file), 'utf8'));
      });
    }

    it(`are for ${engine} accepted by promtool but for names that the contract sets`, function () {
      requireTools(this, 'promtool');
      const checked = spawnSync('promtool', ['check', 'metrics'], {
        input: readFileSync(goldenPath(engine, 'expected.prom')),
        encoding: 'utf8',
      });
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
