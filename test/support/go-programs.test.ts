import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

describe('npm run tools', () => {
  it('names the system packages that it lacks, in one line', () => {
    const script = new URL('go-programs.ts', import.meta.url).pathname;
    const env = { PATH: '/nowhere', XDG_CACHE_HOME: '/nowhere' };
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env });
    expect(stderr).to.equal("the tools can't be built: sudo apt-get install golang-go gcc pkg-config libseccomp-dev\n");
    expect(status).to.equal(1);
  });
});
