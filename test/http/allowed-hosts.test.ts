import { expect } from 'chai';
import { isAllowedHost } from '../../lib/http/allowed-hosts.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { send } from '../support/http.ts';

describe('the hosts that a request may name', () => {
  const allowed = ['exporter.example', 'other.example:9200'];

  for (const host of [
    'exporter.example',
    'Exporter.Example:1234',
    'other.example:9200',
    'localhost',
    'localhost:9200',
    '192.0.2.1:9200',
    '[2001:db8::1]:9200',
    '[::1]',
    '',
  ]) {
    it(`are ${JSON.stringify(host)}`, () => {
      expect(isAllowedHost(host, allowed)).to.equal(true);
    });
  }

  for (const host of [
    'rebound.example',
    'rebound.example:9200',
    'exporter.example.rebound.example',
    'other.example',
    'other.example:9201',
    '127.0.0.1.rebound.example',
    'localhost.rebound.example',
  ]) {
    it(`are not ${host}`, () => {
      expect(isAllowedHost(host, allowed)).to.equal(false);
    });
  }

  it('are any where none are set', () => {
    expect(isAllowedHost('rebound.example', [])).to.equal(true);
  });

  it('do not matter to probes, and others are told so in a line', async () => {
    const engine = await startSimulator({ containers: 1 });
    const agent = await startTestAgent(['--docker.host', engine.host, '--server.allowed_hosts', 'Exporter.example']);
    const ask = (path: string, host: string) => send({ host: '127.0.0.1', port: agent.port, path, headers: { host } });
    for (const path of ['/metrics', '/', '/api/containers', '/doctor', '/nowhere']) {
      const refused = await ask(path, 'rebound.example');
      expect(refused).to.include({ status: 421 });
      expect(refused.body.toString()).to.equal('this Host is not among server.allowed_hosts\n');
    }
    expect(await ask('/metrics', 'exporter.example')).to.include({ status: 200 });
    for (const path of ['/health', '/ready']) expect(await ask(path, 'pod.example')).to.include({ status: 200 });
    await agent.stop();
    await engine.stop();
  });
});
