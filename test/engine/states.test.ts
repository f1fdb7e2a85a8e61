import { expect } from 'chai';
import type { EngineInfo } from '../../lib/docker/api.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';
import { promtool } from '../support/prometheus.ts';
import { agreement } from './engine-view.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

const awkward = 'web "one" \\ two\nGrößenänderung';

describeOnEngines('containers in all states', function (version) {
  this.timeout(60_000);
  const engine = useEngine({ version });
  const agent = useAgent(engine);
  let scrape: Exposition;

  before('a dozen containers', async () => {
    await startZoo(engine());
    scrape = await agent().metrics();
  });

  const valueOf = (metric: string, container: string): number | undefined =>
    scrape.value(metric, { container_name: container });

  it('shows every series that the engine has a figure for, no other, and with the value of the engine', async () => {
    expect(await agreement(engine(), agent())).to.equal(14);
  });

  it('tells the state of each container', () => {
    const states = new Map(
      scrape.select('container_info').map(({ labels }) => [labels.get('container_name'), labels.get('status')]),
    );
    expect(Object.fromEntries(states)).to.deep.equal({
      healthy: 'running',
      unhealthy: 'running',
      starting: 'running',
      frozen: 'paused',
      failed: 'exited',
      'never-started': 'created',
      crashloop: 'restarting',
      hostnet: 'running',
      isolated: 'running',
      'two-nets': 'running',
      limited: 'running',
      'shop-web-1': 'running',
      sidecar: 'running',
      'moved-tag': 'running',
    });
  });

  it('tells the health of each container', () => {
    expect(valueOf('container_health_status', 'isolated')).to.equal(0);
    expect(valueOf('container_health_status', 'starting')).to.equal(1);
    expect(valueOf('container_health_status', 'healthy')).to.equal(2);
    expect(valueOf('container_health_status', 'unhealthy')).to.equal(3);
  });

  it('has resources of running and paused containers only', () => {
    const measured = scrape.select('container_memory_usage_bytes').map(({ labels }) => labels.get('container_name'));
    const others = ['failed', 'never-started', 'crashloop'];
    const all = scrape.select('container_info').map(({ labels }) => labels.get('container_name'));
    expect(measured).to.have.lengthOf(11);
    expect([...measured, ...others]).to.have.members(all);
  });

  it('tells exit code, restarts and start of containers that do not run', () => {
    expect(valueOf('container_exit_code', 'failed')).to.equal(3);
    expect(valueOf('container_uptime_seconds', 'failed')).to.equal(0);
    expect(valueOf('container_start_time_seconds', 'failed')).to.be.closeTo(Date.now() / 1000, 120);
    expect(valueOf('container_restart_count', 'crashloop')).to.be.at.least(5);
    expect(valueOf('container_exit_code', 'crashloop')).to.equal(7);
    expect(valueOf('container_start_time_seconds', 'never-started')).to.equal(undefined);
    expect(valueOf('container_uptime_seconds', 'never-started')).to.equal(0);
  });

  it('counts the uptime of a paused container on', () => {
    expect(valueOf('container_uptime_seconds', 'frozen')).to.be.greaterThan(1);
  });

  it('has one network series an interface, and none for host network or none', () => {
    expect(interfacesIn(scrape, 'two-nets')).to.have.members(['eth0', 'eth1']);
    expect(interfacesIn(scrape, 'healthy')).to.deep.equal(['eth0']);
    expect(interfacesIn(scrape, 'hostnet')).to.deep.equal([]);
    expect(interfacesIn(scrape, 'isolated')).to.deep.equal([]);
  });

  it('shows the limit that was set', () => {
    expect(valueOf('container_memory_limit_bytes', 'limited')).to.equal(32 * 1024 * 1024);
  });

  it('keeps quotes, backslashes, newlines and umlauts of compose labels', () => {
    const [sample] = scrape.select('container_info', { container_name: 'shop-web-1' });
    expect(sample?.labels.get('compose_service')).to.equal(awkward);
    expect(sample?.labels.get('compose_project')).to.equal('shop');
  });

  it('names the image by the reference the container was created from after its tag moved on', () => {
    const [sample] = scrape.select('container_info', { container_name: 'moved-tag' });
    expect(sample?.labels.get('image')).to.equal('moving:tag');
  });

  it('counts containers, images, volumes and networks as the engine does', async () => {
    const info = await engine().apiGet<EngineInfo>('/info');
    const images = await engine().apiGet<readonly unknown[]>('/images/json');
    const { Volumes } = await engine().apiGet<{ Volumes?: readonly unknown[] | null }>('/volumes');
    const networks = await engine().apiGet<readonly unknown[]>('/networks');
    const now = await agent().metrics();
    expect(now.value('docker_containers_total', { state: 'running' }))
      .to.equal(info.ContainersRunning)
      .and.equal(10);
    expect(now.value('docker_containers_total', { state: 'paused' }))
      .to.equal(info.ContainersPaused)
      .and.equal(1);
    expect(now.value('docker_containers_total', { state: 'stopped' }))
      .to.equal(info.ContainersStopped)
      .and.equal(3);
    expect(now.value('docker_images_total')).to.equal(images.length).and.equal(2);
    expect(now.value('docker_volumes_total')).to.equal(Volumes?.length).and.equal(1);
    expect(now.value('docker_networks_total')).to.equal(networks.length).and.equal(4);
  });

  it('counts no error', () => {
    expect(scrape.value('exporter_up')).to.equal(1);
    expect(scrape.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
    expect(scrape.value('exporter_scrape_errors_total', { collector: 'system' })).to.equal(0);
  });

  it('is accepted by promtool, but for the names that are given', async () => {
    const { body } = await agent().get('/metrics');
    const complaints = await promtool(['check', 'metrics'], body.toString()).then(
      () => [],
      (error: Error & { stderr: string }) => error.stderr.trim().split('\n'),
    );
    const unexpected = complaints.filter(
      (line) =>
        !/^docker_(containers|images|volumes|networks)_total non-counter metrics should not have/.test(line) &&
        !line.startsWith('container_restart_count non-histogram'),
    );
    expect(unexpected).to.deep.equal([]);
  });
});

function interfacesIn(scrape: Exposition, container: string): readonly (string | undefined)[] {
  const samples = scrape.select('container_network_receive_bytes_total', { container_name: container });
  return samples.map(({ labels }) => labels.get('interface'));
}

async function startZoo(engine: DockerEngine): Promise<void> {
  const sleep = ['sleep', '1000'];
  await engine.docker('network', 'create', 'second');
  await engine.docker('volume', 'create', 'data');
  const check = ['--health-interval', '3s', '--health-retries', '1', '--health-cmd'];
  await engine.runContainer('healthy', [...check, 'true'], ...sleep);
  await engine.runContainer('unhealthy', [...check, 'false'], ...sleep);
  await engine.runContainer('starting', ['--health-interval', '1h', '--health-cmd', 'true'], ...sleep);
  await engine.runContainer('frozen', [], ...sleep);
  await engine.docker('pause', 'frozen');
  await engine.runContainer('failed', [], 'sh', '-c', 'exit 3');
  await engine.docker('create', '--name', 'never-started', 'bb', ...sleep);
  await engine.runContainer('hostnet', ['--network', 'host'], ...sleep);
  await engine.runContainer('isolated', ['--network', 'none'], ...sleep);
  await engine.runContainer('two-nets', [], ...sleep);
  await engine.docker('network', 'connect', 'second', 'two-nets');
  await engine.runContainer('limited', ['--memory', '32m'], ...sleep);
  await engine.runContainer('sidecar', ['--network', 'container:healthy'], ...sleep);
  const labels = { service: awkward, project: 'shop' };
  const flags = Object.entries(labels).flatMap(([key, value]) => ['--label', `com.docker.compose.${key}=${value}`]);
  await engine.runContainer('shop-web-1', flags, ...sleep);

  await engine.docker('tag', 'bb', 'moving:tag');
  await engine.docker('run', '--detach', '--name', 'moved-tag', 'moving:tag', ...sleep);
  await engine.docker('commit', 'moved-tag', 'moving:tag');

  await engine.runContainer('crashloop', ['--restart', 'always'], 'sh', '-c', 'exit 7');

  await eventually('the health checks have run', async () => {
    const listed = await engine.docker('ps', '--format', '{{.Names}} {{.Status}}');
    return /^healthy .*\(healthy\)/m.test(listed) && /^unhealthy .*\(unhealthy\)/m.test(listed);
  });
  // Just after its fifth restart, or a later one, it waits for some seconds.
  const restarts = async (): Promise<number> =>
    Number(await engine.docker('inspect', '--format', '{{if .State.Restarting}}{{.RestartCount}}{{end}}', 'crashloop'));
  const soFar = await restarts();
  await eventually('the crash loop waits', async () => (await restarts()) > Math.max(soFar, 4), { within: 30_000 });
}
