import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectEngine } from '../../lib/agent.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { type Diagnosis, diagnose } from '../../lib/doctor/doctor.ts';
import type { Finding } from '../../lib/doctor/finding.ts';
import { permissions } from '../../lib/doctor/permissions.ts';
import type { Endpoint } from '../simulator/routes.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';

describe('the doctor', () => {
  let engine: Simulator | undefined;

  const simulate = async (options: SimulatorOptions = {}): Promise<Simulator> => {
    engine = await startSimulator({ containers: 8, allRunning: true, tickMilliseconds: 50, ...options });
    return engine;
  };
  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
  });

  const visit = (host: string, ...args: string[]): Promise<Diagnosis> =>
    diagnose(loadSettings({ args: ['--docker.host', host, ...args], env: {} }), connectEngine);
  const about = ({ findings }: Diagnosis, subject: string): Finding | undefined =>
    findings.find((finding) => finding.subject === subject);
  const failures = ({ findings }: Diagnosis): string[] =>
    findings.filter(({ level }) => level === 'fail').map(({ subject }) => subject);

  it('finds nothing wrong where nothing is', async () => {
    const diagnosis = await visit((await simulate()).host);
    expect(diagnosis.exitCode).to.equal(0);
    expect(diagnosis.findings.filter(({ level }) => level !== 'ok')).to.deep.equal([]);
    expect(about(diagnosis, 'engine')?.text).to.match(/ answers: Docker 27\.3\.1, API 1\.47, cgroup v2$/);
    expect(about(diagnosis, 'scrape')?.text).to.match(/^\d\.\d\d s; containers: 8$/);
    expect(about(diagnosis, 'socket proxy')?.text).to.contain(
      'CONTAINERS=1 EVENTS=1 IMAGES=1 INFO=1 NETWORKS=1 PING=1 VOLUMES=1',
    );
  });

  it('says where it found the engine', async () => {
    const loaded = loadSettings({
      args: [],
      env: { XDG_RUNTIME_DIR: '/nowhere' },
      isSocket: (path) => path.startsWith('/nowhere'),
    });
    expect((await diagnose(loaded, connectEngine)).findings[0]).to.deep.equal({
      level: 'ok',
      subject: 'settings',
      text: 'docker.host is not set: using unix:///nowhere/docker.sock (rootless Docker)',
    });
  });

  const endpoints: Readonly<Record<string, Endpoint>> = {
    '/_ping': 'ping',
    '/containers/json': 'list',
    '/containers/{id}/json': 'inspect',
    '/containers/{id}/stats': 'stats',
    '/events': 'events',
    '/info': 'info',
    '/images/json': 'images',
    '/volumes': 'volumes',
    '/networks': 'networks',
    '/system/df': 'disk',
  };

  for (const { call, variable, level, without } of permissions) {
    it(`names what is missing and what to permit when ${call} is forbidden`, async () => {
      const { host, fault } = await simulate();
      fault(endpoints[call] ?? 'unknown', { status: 403, message: 'Forbidden' });
      const diagnosis = await visit(host, '--collection.collectors.disk=true');
      expect(diagnosis.exitCode).to.equal(level === 'fail' ? 2 : 0);
      const [finding, ...others] = diagnosis.findings.filter((each) => each.level !== 'ok');
      expect(finding).to.deep.equal({
        level,
        subject: `GET ${call}`,
        text: `forbidden; ${without}`,
        advice: [`socket proxy: set ${variable}=1`],
      });
      expect(others).to.deep.equal([]);
    });
  }

  it('distinguishes an endpoint that fails from one that is forbidden', async () => {
    const { host, fault } = await simulate();
    fault('networks', { status: 500, message: 'out of cheese' });
    const diagnosis = await visit(host);
    expect(diagnosis.exitCode).to.equal(2);
    expect(about(diagnosis, 'GET /networks')).to.deep.include({
      text: 'fails; missing: docker_networks_total',
      advice: ['GET /networks: status 500: out of cheese'],
    });
  });

  for (const [endpoint, call] of [
    ['list', '/containers/json'],
    ['inspect', '/containers/{id}/json'],
    ['stats', '/containers/{id}/stats'],
  ] as const) {
    it(`takes 404 of ${call} for a refusal where a container runs, and for an answer where none does`, async () => {
      const { host, fault, containers } = await simulate();
      fault(endpoint, { status: 404, message: 'page not found' });
      const diagnosis = await visit(host);
      expect(diagnosis.exitCode).to.equal(2);
      expect(about(diagnosis, `GET ${call}`)?.text).to.match(/^fails; missing: container_/);
      for (const { id } of containers.all()) containers.remove(id);
      expect(about(await visit(host), `GET ${call}`)?.level).to.equal(endpoint === 'list' ? 'fail' : 'ok');
    });
  }

  it('sees that what answers is no engine, and says what to set', async () => {
    const { host, fault } = await simulate();
    for (const endpoint of ['ping', 'info', 'list'] as const) fault(endpoint, { body: '<html>It works!' });
    const diagnosis = await visit(host);
    expect(diagnosis.exitCode).to.equal(1);
    expect(about(diagnosis, 'engine')).to.deep.equal({
      level: 'fail',
      subject: 'engine',
      text: `${host}: not answered with OK: <html>It works!`,
      advice: ['no Docker Engine answers there: set DOCKER_HOST (docker.host) to the engine or its socket proxy'],
    });
  });

  it('finds the engine where only one of the list, /info and the ping is permitted', async () => {
    const { host, fault } = await simulate();
    for (const [endpoint, text] of [
      ['ping', 'Docker 27.3.1, API 1.47, cgroup v2'],
      ['info', 'an unknown engine, API version unknown, cgroup version unknown'],
    ] as const) {
      fault(endpoint, { status: 404 });
      const diagnosis = await visit(host);
      expect(diagnosis.exitCode).to.equal(2);
      expect(about(diagnosis, 'engine')?.text).to.equal(`${host} answers: ${text}`);
    }
  });

  it('asks for nothing that the settings do not use', async () => {
    const { host, traffic } = await simulate();
    const diagnosis = await visit(host, '--collection.collectors.system=false');
    expect(diagnosis.exitCode).to.equal(0);
    expect(about(diagnosis, 'socket proxy')?.text).to.match(/^needs CONTAINERS=1 EVENTS=1 PING=1;/);
    expect(traffic.count('images')).to.equal(0);
    expect(traffic.count('disk')).to.equal(0);
  });

  it('takes an engine that is slow to measure its disk for one that permits it', async () => {
    const { host, fault } = await simulate();
    fault('disk', 'hang-before-headers');
    const diagnosis = await visit(host, '--collection.collectors.disk=true', '--collection.timeout=1s');
    expect(about(diagnosis, 'GET /system/df')?.level).to.equal('ok');
  });

  it('knows engines that answer stats once a second, and what a bound means there', async () => {
    const { host } = await simulate({ ticking: true });
    expect(about(await visit(host), 'stats')).to.deep.include({
      level: 'ok',
      text: 'answers within 1 s; up to 256 requests at a time',
    });
    const bounded = await visit(host, '--performance.max_concurrent', '2');
    expect(bounded.exitCode).to.equal(0);
    expect(about(bounded, 'stats')?.level).to.equal('warn');
  });

  it('knows Podman and what it does not report', async () => {
    const diagnosis = await visit((await simulate({ engine: 'podman' })).host);
    expect(about(diagnosis, 'capabilities')?.advice?.[0]).to.match(/^no events, for which only Docker is asked:/);
    expect(diagnosis.exitCode).to.equal(0);
    expect(about(diagnosis, 'engine')?.text).to.contain('Podman 4.3.1');
    expect(about(diagnosis, 'capabilities')?.text).to.contain('memory_cache');
  });

  it('sees that the kernel counts no memory, and says how to enable it', async () => {
    const { host, fault } = await simulate();
    const stats = { read: '2026-01-02T03:04:05Z', cpu_stats: { cpu_usage: { total_usage: 1 } }, memory_stats: {} };
    fault('stats', { body: JSON.stringify(stats) });
    const diagnosis = await visit(host);
    expect(diagnosis.exitCode).to.equal(2);
    expect(failures(diagnosis)).to.deep.equal(['memory']);
    expect(about(diagnosis, 'memory')?.advice?.join('\n')).to.contain('cgroup.controllers');
  });

  for (const [what, body, found, named] of [
    ['does not run by its stats', { read: '0001-01-01T00:00:00Z' }, 'no figures of', 'scrape'],
    [
      'has no memory',
      { read: '2026-01-02T03:04:05Z', cpu_stats: { cpu_usage: { total_usage: 1 } } },
      'not told of',
      'memory',
    ],
  ] as const) {
    it(`names the container that runs and ${what}, while others are well`, async () => {
      const { host, fault, containers } = await simulate();
      const name = containers.all()[0]?.name ?? '';
      fault('stats', { body: JSON.stringify(body) }, name);
      const diagnosis = await visit(host);
      expect(diagnosis.exitCode).to.equal(2);
      const failure = diagnosis.findings.find(({ level }) => level === 'fail');
      expect(failure).to.deep.include({ subject: named, text: `${found} 1 of 8 containers` });
      expect(failure?.advice?.[0]).to.match(new RegExp(`^${name}`));
    });
  }

  it('warns of a container that does not answer, without waiting longer than a scrape may', async () => {
    const { host, fault, containers } = await simulate();
    const name = containers.all()[0]?.name ?? '';
    fault('stats', 'hang-before-headers', name);
    const diagnosis = await visit(host, '--collection.timeout', '1s');
    expect(diagnosis.exitCode).to.equal(0);
    const warning = diagnosis.findings.find(({ level }) => level === 'warn');
    expect(warning?.text).to.equal('failed for 1 of 8 containers');
    expect(warning?.advice?.[0]).to.contain(name);
  });

  it('can look at an engine on which nothing runs', async () => {
    const diagnosis = await visit((await simulate({ containers: 0 })).host);
    expect(diagnosis.exitCode).to.equal(0);
    expect(about(diagnosis, 'memory')).to.equal(undefined);
    expect(about(diagnosis, 'capabilities')?.text).to.equal('unknown: no container is running');
  });

  it('ends with 1 when the engine can not be reached', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    const socketPath = join(folder, 'docker.sock');
    const nowhere = await visit(`unix://${socketPath}`);
    await simulate({ socketPath });
    const there = await visit(`unix://${socketPath}`);
    rmSync(folder, { recursive: true });
    expect(nowhere.exitCode).to.equal(1);
    expect(failures(nowhere)).to.deep.equal([`socket ${socketPath}`, 'engine']);
    expect(there.exitCode).to.equal(0);
  });

  it('recognizes a daemon that is down behind its proxy, and an API version that the daemon does not support', async () => {
    const { host, fault } = await simulate();
    const spoken = await visit(host, '--docker.api_version', '1.99');
    for (const endpoint of ['ping', 'info', 'list'] as const) fault(endpoint, { status: 503, message: 'no server' });
    const down = await visit(host);
    expect([spoken.exitCode, down.exitCode]).to.deep.equal([1, 1]);
    expect(about(spoken, 'engine')?.advice?.[0]).to.contain('docker.api_version');
    expect(about(down, 'engine')?.advice?.[0]).to.contain('proxy');
  });
});
