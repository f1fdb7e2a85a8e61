import type { ContainerControls, NewContainer } from '../simulator/controls.ts';
import { type Attack, awkwardCharacters, composeLabels, numbers, stats } from './attack.ts';

const manyLabels = Object.fromEntries(numbers(250).map((index) => [`label-${index}`, 'x'.repeat(1_000)]));

function add(containers: ContainerControls, count: number, described: (index: number) => NewContainer): void {
  for (const index of numbers(count)) containers.add({ name: `hostile-${index}-more`, ...described(index) });
}

/** Jobs that last a moment, one after the other. */
function runJobs(containers: ContainerControls, count: number): void {
  let index = 0;
  const timer = setInterval(() => {
    for (let batch = 0; batch < 20 && index < count; batch += 1) {
      const name = `hostile-job-${index}`;
      containers.add({ name, labels: composeLabels(index) });
      containers.exit(name, 0);
      containers.remove(name);
      index += 1;
    }
    if (index >= count) clearInterval(timer);
  }, 50);
}

/** The first sharing the network of none, each other one that of the one before. */
function addChain(containers: ContainerControls, count: number): void {
  let networkMode = 'bridge';
  for (const index of numbers(count))
    networkMode = `container:${containers.add({ name: `hostile-link-${index}`, networks: [], networkMode }).id}`;
}

const networks = (count: number, name = (index: number): string => `eth${index}`): string => {
  const each = numbers(count).map((index) => `${JSON.stringify(name(index))}:{"rx_bytes":${index},"tx_bytes":1}`);
  return `"networks":{${each.join()}}`;
};

const devices = (count: number): string => {
  const entries = numbers(count).map((minor) => `{"major":8,"minor":${minor},"op":"read","value":1}`);
  return `"blkio_stats":{"io_service_bytes_recursive":[${entries.join()}]}`;
};

const volume = (index: number): object => ({
  Name: `hostile-volume-${index}`,
  Driver: 'local',
  Mountpoint: `/var/lib/docker/volumes/hostile-volume-${index}/_data`,
  CreatedAt: '2026-01-01T00:00:00Z',
  Labels: {},
  Scope: 'local',
  Options: null,
  UsageData: { Size: index, RefCount: 1 },
});

/** Numbers that are each allowed, and are too many together. */
export const crowdAttacks: readonly Attack[] = [
  {
    name: '30 containers with 250 labels of 1,000 characters',
    happen: (containers, scale) => add(containers, 30 * scale, () => ({ labels: manyLabels })),
  },
  {
    name: '30 exited containers with 250 labels of 1,000 characters',
    happen: (containers, scale) => add(containers, 30 * scale, () => ({ labels: manyLabels, status: 'exited' })),
  },
  {
    name: '30 containers with 250 labels of 1,000 characters, all shown',
    settings: () => ({ 'metrics.container_labels': '.*' }),
    happen: (containers, scale) => add(containers, 30 * scale, () => ({ labels: manyLabels })),
    isRare: true,
  },
  {
    name: '150 containers with Compose names of 1,000 characters',
    happen: (containers, scale) => add(containers, 150 * scale, (index) => ({ labels: composeLabels(index) })),
  },
  {
    name: '632 short jobs with Compose names of 1,000 characters',
    happen: (containers, scale) => runJobs(containers, 632 * scale),
  },
  { name: '200,000 interfaces', answer: stats(() => networks(200_000)), isRare: true },
  { name: '10,000 interfaces', answer: stats(() => networks(10_000)), isRare: true },
  {
    name: 'interfaces with names of a megabyte',
    answer: stats(() => networks(20, (index) => `${awkwardCharacters.repeat(33_333)}${index}`)),
  },
  {
    name: '256 interfaces on 20 containers',
    victims: 20,
    answer: stats(() => networks(256)),
    complete: { series: 'container_network_receive_bytes_total', count: 20 * 256 },
  },
  {
    name: '1,024 devices on 10 containers',
    victims: 10,
    answer: stats(() => devices(1_024)),
    complete: { series: 'container_fs_reads_bytes_total', count: 10 * 1_024 },
  },
  { name: '100,000 devices', answer: stats(() => devices(100_000)) },
  {
    name: '20,000 volumes, and their sizes',
    settings: () => ({ 'collection.collectors.disk': true }),
    answer: (scale) => {
      const Volumes = numbers(20_000 * scale).map(volume);
      const body = JSON.stringify({ Volumes, Warnings: null });
      return ({ endpoint, response }) => {
        if (endpoint !== 'disk' && endpoint !== 'volumes') return false;
        response.end(body);
        return true;
      };
    },
  },
  {
    name: 'a chain of 1,000 shared networks',
    happen: (containers, scale) => addChain(containers, 1_000 * scale),
    // They are ordinary containers, newer than the others, and three times as many as there is room for.
    allowsStart: false,
  },
  {
    name: 'a pattern that backtracks on a name of 44 letters',
    settings: () => ({ 'collection.filters.exclude.names': '^hostile([a-z0-9]+-?)+$' }),
    happen: (containers) => void containers.add({ name: `hostile${'a'.repeat(37)}_` }),
  },
  {
    name: 'a label execDuration of 10^300',
    engine: { ticking: true, tickMilliseconds: 50 },
    happen: (containers) => {
      const labels = { execDuration: '1e300', 'com.docker.compose.project': 'hostile' };
      const { name } = containers.add({ name: 'hostile-job', labels });
      setTimeout(() => containers.exit(name, 1), 500);
    },
    never: /^docker_container_run_seconds_total.* (\d{20}|[\d.]+e\+|\+?Inf)/,
  },
  ...[1e15, 1e7].map((count): Attack => ({
    name: `${count.toLocaleString('en')} restarts, and events refused`,
    answer:
      () =>
      async ({ endpoint, isVictim, response, honest }) => {
        if (endpoint === 'events') response.writeHead(403).end('{"message":"forbidden"}');
        else if (endpoint !== 'inspect' || !isVictim) return false;
        else {
          const { body } = await honest();
          response.end(body.replace(/"RestartCount":\d+/, `"RestartCount":${count}`));
        }
        return true;
      },
  })),
];
