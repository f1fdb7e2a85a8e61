import { expect } from 'chai';
import { connectEngine } from '../../lib/agent.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { type Diagnosis, diagnose } from '../../lib/doctor/doctor.ts';
import { permissions } from '../../lib/doctor/permissions.ts';
import { startTestAgent } from '../support/agent.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { send } from '../support/http.ts';
import { type SocketProxy, startSocketProxy } from '../support/socket-proxy.ts';
import { needsEngine, needsTools } from '../support/tools.ts';

describe('an engine behind a socket proxy', function () {
  this.timeout(60_000);
  let engine: DockerEngine;
  let proxy: SocketProxy | undefined;

  needsEngine();
  needsTools('haproxy');
  before('a Docker Engine', async () => {
    engine = await startDockerEngine();
    await engine.runContainer('web', ['--memory', '32m'], 'sleep', '600');
    await engine.docker('volume', 'create', 'data');
  });
  after(() => engine?.stop());
  afterEach(async () => {
    await proxy?.stop();
    proxy = undefined;
  });

  const needed = [...new Set(permissions.map(({ variable }) => variable))];
  const everything = ['--collection.collectors.disk'];
  const behind = async (variables: readonly string[]): Promise<SocketProxy> =>
    (proxy = await startSocketProxy(engine.socketPath, variables));
  const visit = ({ host }: SocketProxy): Promise<Diagnosis> =>
    diagnose(loadSettings({ args: ['--docker.host', host, ...everything], env: {} }), connectEngine);

  it('is denied nothing with exactly the permissions that the doctor asks for', async () => {
    const there = await behind(needed);
    const { host, socketPath } = there;
    const { findings, exitCode } = await visit(there);
    expect(findings.filter(({ level }) => level !== 'ok')).to.deep.equal([]);
    expect(exitCode).to.equal(0);

    const agent = await startTestAgent(['--docker.host', host, ...everything]);
    const metrics = await agent.metrics();
    await agent.stop();
    expect(metrics.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
    expect(metrics.value('exporter_scrape_errors_total', { collector: 'system' })).to.equal(0);
    expect(metrics.value('container_memory_usage_bytes', { container_name: 'web' })).to.be.above(0);
    expect(metrics.value('docker_volumes_total')).to.equal(1);
    expect((await send({ socketPath, path: '/containers/web/kill', method: 'POST' })).status).to.equal(403);
  });

  for (const variable of needed) {
    it(`has ${variable} named by the doctor when it is the one that is missing`, async () => {
      const { findings, exitCode } = await visit(await behind(needed.filter((name) => name !== variable)));
      const failed = findings.filter(({ level }) => level !== 'ok');
      expect(exitCode).to.equal(variable === 'EVENTS' ? 0 : 2);
      expect(new Set(failed.flatMap(({ advice = [] }) => advice))).to.deep.equal(
        new Set([`socket proxy: set ${variable}=1`]),
      );
      expect(failed.map(({ subject }) => subject)).to.deep.equal(
        permissions.filter((permission) => permission.variable === variable).map(({ call }) => `GET ${call}`),
      );
    });
  }
});
