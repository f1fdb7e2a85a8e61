import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { needsTools } from '../support/tools.ts';

const unit = new URL('../../deploy/systemd/docker-stats-exporter.service', import.meta.url).pathname;

function analyze(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, unit], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('the systemd unit', function () {
  this.timeout(30_000);
  needsTools('systemd-analyze');

  it('has nothing that systemd-analyze verify complains of', () => {
    expect(analyze('verify')).to.deep.equal({ status: 0, output: '' });
  });

  it('reloads the settings, and says where its documentation is', () => {
    const text = readFileSync(unit, 'utf8');
    expect(text)
      .to.match(/^ExecReload=.*-HUP \$MAINPID$/m)
      .and.match(/^Documentation=https:\/\/.*#systemd$/m);
  });

  it('logs under the name of the program, and is not restarted for ever with settings that are invalid', () => {
    const text = readFileSync(unit, 'utf8');
    expect(text)
      .to.match(/^SyslogIdentifier=docker-stats-exporter$/m)
      .and.match(/^RestartPreventExitStatus=1$/m);
  });

  it('is exposed to 2.0 of 10 at most', () => {
    const { status, output } = analyze('security', '--offline=true', '--no-pager', '--threshold=20');
    expect(output).to.contain('Overall exposure level');
    expect(status, output).to.equal(0);
  });
});
