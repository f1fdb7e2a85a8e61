import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startAgent } from './support/agent-process.ts';
import { eventually } from './support/eventually.ts';
import { freePort } from './support/http.ts';
import { startProcess } from './support/process.ts';

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}

describe("Node.js' inspector", function () {
  this.timeout(60_000);

  it('is opened by SIGUSR1 in a program that does not care', async () => {
    const port = await freePort();
    const program = "setInterval(() => {}, 1000); console.log('ready')";
    const child = await startProcess(process.execPath, [`--inspect-port=${port}`, '-e', program]);
    await eventually('the program runs', () => child.stdout() !== '');
    process.kill(child.pid, 'SIGUSR1');
    await eventually('the inspector listens', () => isOpen(port));
    await child.stop('SIGKILL');
  });

  it('stays closed to SIGUSR1 in the agent, even when it was started without flags', async () => {
    const port = await freePort();
    const env = { NODE_OPTIONS: `--inspect-port=${port}` };
    const agent = await startAgent({ args: ['--docker.host', 'unix:///nowhere.sock'], env });
    process.kill(agent.pid, 'SIGUSR1');
    await sleep(500);
    expect((await agent.get('/health')).status).to.equal(200);
    expect(await isOpen(port)).to.equal(false);
    expect(agent.stderr()).to.equal('');
    expect(await agent.stop()).to.include({ code: 0 });
  });

  const launchers = ['Dockerfile', 'package.json', 'lib/launcher.ts', 'deploy/systemd/docker-stats-exporter.service'];
  for (const launcher of launchers) {
    it(`stays closed from the first instruction on where ${launcher} starts the agent`, () => {
      expect(readFileSync(new URL(`../${launcher}`, import.meta.url), 'utf8')).to.contain('--disable-sigusr1');
    });
  }
});
