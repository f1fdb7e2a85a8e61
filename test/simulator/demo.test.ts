import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

describe('npm run demo', () => {
  it('names an unknown option and helps, without a stack trace', () => {
    const demo = new URL('demo.ts', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [demo, '--bogus'], { encoding: 'utf8' });
    expect(stderr).to.match(/^Unknown option '--bogus'\n\nnpm run demo -- \[--containers N\]/);
    expect(stderr).to.not.match(/^ +at /m);
    expect(status).to.equal(1);
  });
});
