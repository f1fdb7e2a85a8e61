import { expect } from 'chai';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import type { Exposition } from '../support/exposition.ts';
import { type Podman, startPodman } from '../support/podman.ts';
import { needsEngine, needsTools } from '../support/tools.ts';

describe('a scrape of Podman', function () {
  this.timeout(60_000);
  let podman: Podman;
  let agent: TestAgent;

  needsEngine();
  needsTools('podman');
  before('Podman with an agent', async () => {
    podman = await startPodman();
    agent = await startTestAgent(['--docker.host', podman.host]);
  });
  after(async () => {
    await agent?.stop();
    await podman?.stop();
  });

  const changes: readonly (readonly [what: string, change: () => Promise<unknown>])[] = [
    ['a container started', () => podman.runContainer('one')],
    ['one with a label started', () => podman.runContainer('two', '--label', 'com.docker.compose.service=web')],
    ['one was killed', () => podman.docker('kill', 'one')],
    ['it started again', () => podman.docker('start', 'one')],
    ['it was restarted', () => podman.docker('restart', '--time', '0', 'one')],
    ['it was renamed', () => podman.docker('rename', 'one', 'three')],
    ['it was removed', () => podman.docker('rm', '--force', 'three')],
    ['an image was tagged', () => podman.docker('tag', 'bb', 'copy:1')],
    ['a volume was created', () => podman.docker('volume', 'create', 'data')],
    ['a network was created', () => podman.docker('network', 'create', 'net')],
  ];
  for (const [what, change] of changes) {
    it(`is right after ${what}`, async () => {
      await change();
      expect(shownIn(await agent.metrics())).to.deep.equal(await toldBy(podman));
    });
  }

  it('costs the lists, /info, and an inspection and the stats of each container: events are not asked for', async () => {
    const before = callsIn(await agent.metrics());
    const after = callsIn(await agent.metrics());
    const cost = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
    expect(cost).to.include({ info: 1, list: 1, images: 1, volumes: 1, networks: 1, inspect: 1, stats: 1, events: 0 });
  });
});

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Names, ids, states and services of the containers, and how many of what else there are, by Podman's own lists. */
async function toldBy({ apiGet }: Podman): Promise<object> {
  const containers = await apiGet<readonly Listed[]>('/containers/json?all=1');
  return {
    containers: containers
      .map(({ Id, Names, State, Labels }) => [
        Names[0]?.slice(1),
        Id.slice(0, 12),
        State,
        Labels['com.docker.compose.service'] ?? '',
      ])
      .sort(byName),
    running: containers.filter(({ State }) => State === 'running').length,
    images: (await apiGet<readonly unknown[]>('/images/json')).length,
    volumes: (await apiGet<{ Volumes: readonly unknown[] }>('/volumes')).Volumes.length,
    networks: (await apiGet<readonly unknown[]>('/networks')).length,
  };
}

function shownIn(scrape: Exposition): object {
  const containers = scrape.select('container_info').map(({ labels }) => labels);
  return {
    containers: containers
      .map((labels) =>
        ['container_name', 'container_id', 'status', 'compose_service'].map((label) => labels.get(label)),
      )
      .sort(byName),
    running: scrape.select('container_pids_current').length,
    images: scrape.value('docker_images_total'),
    volumes: scrape.value('docker_volumes_total'),
    networks: scrape.value('docker_networks_total'),
  };
}

function byName([left = '']: readonly (string | undefined)[], [right = '']: readonly (string | undefined)[]): number {
  return left.localeCompare(right);
}

function callsIn(scrape: Exposition): Readonly<Record<string, number>> {
  const answered = scrape.select('exporter_engine_requests_total', { outcome: 'ok' });
  return Object.fromEntries(answered.map(({ labels, value }) => [labels.get('endpoint'), value]));
}
