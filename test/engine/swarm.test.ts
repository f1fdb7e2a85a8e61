import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bundle } from '../../deploy/bundle.ts';
import { imageOf, importStack } from '../support/compose.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import { importStandIn } from '../support/images.ts';
import { run } from '../support/process.ts';
import type { InstantSeries } from '../support/prometheus.ts';
import { type EngineNetwork, createEngineNetwork } from '../support/swarm.ts';
import { needsEngine } from '../support/tools.ts';

const stackFile = fileURLToPath(new URL('../../deploy/swarm/stack.yml', import.meta.url));

describe('the Swarm stack, on three real engines', function () {
  this.timeout(600_000);
  let network: EngineNetwork | undefined;
  let manager: DockerEngine;
  let program: string;
  const nodes: DockerEngine[] = [];

  needsEngine();
  before('a manager and a worker run the stack', async () => {
    program = await mkdtemp(join(tmpdir(), 'exporter-swarm-'));
    await bundle({ folder: program });
    network = createEngineNetwork();
    manager = await addNode();
    const address = network.addressOf(1);
    await manager.docker('swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`);
    await joinSwarm(await addNode(), 2);
    const socketGroup = (await run('stat', ['--format=%g', manager.socketPath])).trim();
    const env = { PATH: process.env['PATH'], DOCKER_HOST: manager.host, DOCKER_GID: socketGroup };
    await run('docker', ['secret', 'create', 'exporter-password', '-'], { env, input: 'correct horse' });
    await run('docker', ['stack', 'deploy', '--resolve-image=never', `--compose-file=${stackFile}`, 'monitoring'], {
      env,
    });
  });
  after('nothing is left', async () => {
    await network?.stop();
    await rm(program, { recursive: true, force: true });
  });

  /** One more machine with the images of the stack. */
  const addNode = async (): Promise<DockerEngine> => {
    if (network === undefined) throw new Error('no network');
    const engine = await network.add();
    nodes.push(engine);
    await importStack(engine);
    await importStandIn(engine, imageOf('exporter'), {
      programs: { '/usr/bin/node': process.execPath },
      folders: { '/usr/lib/docker-stats-exporter': program },
      changes: ['USER 65534:65534', 'ENTRYPOINT ["/usr/bin/node", "/usr/lib/docker-stats-exporter/main.js"]'],
    });
    return engine;
  };
  const joinSwarm = async (engine: DockerEngine, number: number): Promise<void> => {
    const token = await manager.docker('swarm', 'join-token', '--quiet', 'worker');
    const [own, first] = [network?.addressOf(number), network?.addressOf(1)];
    const addresses = [`--advertise-addr=${own}`, `--listen-addr=${own}:2377`];
    await engine.docker('swarm', 'join', `--token=${token}`, ...addresses, `${first}:2377`);
  };
  const query = async (expression: string): Promise<readonly InstantSeries[]> => {
    const id = await manager.docker('ps', '--quiet', '--filter=name=monitoring_prometheus');
    const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = await manager.docker('exec', id, 'wget', '-q', '-O', '-', url);
    return (JSON.parse(answer) as { data: { result: InstantSeries[] } }).data.result;
  };
  /** `node-1 1`, …: each instance with its value. */
  const seen = async (expression: string): Promise<string[]> => {
    const series = await query(expression);
    return series.map(({ metric, value }) => `${metric['instance']} ${value[1]}`).toSorted();
  };
  const becomes = (what: string, expression: string, wanted: readonly string[]): Promise<true> =>
    eventually(
      what,
      async () => {
        const found = await seen(expression).catch((error: unknown) => [String(error)]);
        return found.join() === wanted.join() ? (true as const) : undefined;
      },
      { within: 180_000, every: 1_000 },
    );

  it('has Prometheus scrape an exporter on each node, with the password that is a secret', async () => {
    await becomes('both are up', 'up', ['node-1 1', 'node-2 1']);
    await becomes('both reach their engines', 'exporter_up', ['node-1 1', 'node-2 1']);
  });

  it('shows which task of which service each container is, and no Compose project', async () => {
    const tasks = await query('container_swarm_info{swarm_service="monitoring_exporter"}');
    expect(tasks.map(({ metric }) => metric['instance'])).to.have.members(['node-1', 'node-2']);
    for (const { metric } of tasks) {
      expect(metric).to.include({ swarm_stack: 'monitoring' }).and.not.have.property('compose_project');
      expect(metric['container_name']).to.match(/^monitoring_exporter\./);
    }
  });

  it('covers a node that joins later, without a word', async () => {
    await joinSwarm(await addNode(), 3);
    await becomes('all three are up', 'up', ['node-1 1', 'node-2 1', 'node-3 1']);
  });

  it('shows a node that dies as down, and forgets it once it is removed', async () => {
    const id = (await manager.docker('node', 'ls', '--filter=name=node-2', '--quiet')).trim();
    await nodes[1]?.kill();
    await becomes('node-2 is down', 'up', ['node-1 1', 'node-2 0', 'node-3 1']);
    expect(await seen('exporter_up')).to.deep.equal(['node-1 1', 'node-3 1']);
    await eventually(
      'the Swarm notices',
      async () => (await manager.docker('node', 'inspect', '--format={{.Status.State}}', id)) === 'down',
      {
        within: 120_000,
      },
    );
    expect(await seen('up')).to.deep.equal(['node-1 1', 'node-2 0', 'node-3 1']);
    await manager.docker('node', 'rm', '--force', id);
    await becomes('node-2 is forgotten', 'up', ['node-1 1', 'node-3 1']);
  });
});
