import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { queriesOf, readDashboard } from '../deploy/dashboard.ts';
import { compose, imageOf, importCollector, importStack } from '../support/compose.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import { buildImage, importNodeBase, importStandIn } from '../support/images.ts';
import { run } from '../support/process.ts';
import { needsCollector, needsEngine } from '../support/tools.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const image = imageOf('exporter');

/** Minutes that the image is scraped under its limits: two in CI, more with SCRAPE_MINUTES. */
const minutes = Number(process.env['SCRAPE_MINUTES'] ?? 2);

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly body: string;
}

/**
 * Asks every 15 seconds what Prometheus and a kubelet ask, the first time 15 seconds after the start. Runs beside the
 * exporter. A scrape may take 14 seconds: on a slow machine the first ones, half compiled, need most of Prometheus'
 * default of 10 at a twentieth of a CPU.
 */
const observer = `
const get = async (path, timeout) => {
  const begun = performance.now();
  const signal = AbortSignal.timeout(timeout);
  const headers = { 'x-prometheus-scrape-timeout-seconds': '14' };
  const answer = await fetch('http://127.0.0.1:9200' + path, { signal, headers })
    .then(async (response) => ({ status: response.status, body: await response.text() }))
    .catch((error) => ({ status: 0, body: error.name }));
  return { path, milliseconds: Math.round(performance.now() - begun), ...answer };
};
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const answers = [];
const begun = performance.now();
let first;
do {
  await sleep(100);
  first = await get('/health', 5000);
} while (first.status !== 200 && performance.now() - begun < 30000);
answers.push({ ...first, path: 'start', milliseconds: Math.round(performance.now() - begun) });
let pause = sleep(15000);
for (let round = 0; round < Number(process.argv[1]); round += 1) {
  await pause;
  pause = sleep(15000);
  answers.push(await get('/metrics', 14000), await get('/health', 5000), await get('/ready', 5000));
}
console.log(JSON.stringify(answers));
`;

/** Asks Prometheus, on the stack's own network. */
const questioner = `
const results = [];
for (const query of JSON.parse(process.argv[1])) {
  const response = await fetch('http://prometheus:9090/api/v1/query?' + new URLSearchParams({ query }));
  results.push(await response.json());
}
console.log(JSON.stringify(results));
`;

describe('the deployment, on a real engine', function () {
  this.timeout(600_000);
  let engine: DockerEngine;

  needsEngine();
  before('the image is built', async () => {
    engine = await startDockerEngine();
    await importNodeBase(engine, 'alpine:3.23');
    await buildImage(engine, image, ['VERSION=1.0.0', 'COMMIT=c0ffee', 'BUILD_DATE=2026-01-02T03:04:05Z']);
  });
  after('nothing is left', () => engine?.stop());

  const node = async <T>(network: string, script: string, ...args: string[]): Promise<T> => {
    const options = ['--rm', `--network=${network}`, '--entrypoint=node'];
    return JSON.parse(
      await engine.docker('run', ...options, image, '--input-type=module', '--eval', script, '--', ...args),
    );
  };

  describe('the image', () => {
    it('tells what it was built from, in its labels and with --version', async () => {
      const labels: Record<string, string> = JSON.parse(
        await engine.docker('inspect', '--format={{json .Config.Labels}}', image),
      );
      expect(labels).to.include({
        'org.opencontainers.image.version': '1.0.0',
        'org.opencontainers.image.revision': 'c0ffee',
        'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      });
      expect(await engine.docker('run', '--rm', image, '--version')).to.match(
        /^docker-stats-exporter 1\.0\.0 \(commit c0ffee, built 2026-01-02T03:04:05Z, /,
      );
    });

    it('adds less than 3 MB to Node.js', async () => {
      const sizes = await engine.docker('history', '--human=false', '--format={{.Size}}', image);
      const layers = sizes.split('\n').map(Number);
      // The last one is the base.
      expect(layers.slice(0, -1).reduce((sum, size) => sum + size, 0)).to.be.within(500_000, 3_000_000);
    });

    it('checks its health whatever it was set to, below an init too, and has its command on the PATH', async () => {
      const flags = ['--server.port=9300', '--server.health_path=/alive', '--docker.host=unix:///nowhere.sock'];
      await engine.docker('run', '--detach', '--init', '--name=elsewhere', '--cap-drop=ALL', image, ...flags);
      const check = ['exec', 'elsewhere', '/usr/lib/docker-stats-exporter/healthcheck.sh'];
      await eventually('it is healthy', () => engine.docker(...check), { within: 60_000 });
      const diagnosis = await engine.docker('exec', 'elsewhere', 'wget', '-qO-', 'http://127.0.0.1:9300/doctor');
      expect(diagnosis).to.contain('fail  socket /nowhere.sock');
      expect(await engine.docker('exec', 'elsewhere', 'docker-stats-exporter', '--version')).to.contain('1.0.0');
      await engine.docker('rm', '--force', 'elsewhere');
    });

    it(`serves 100 containers for ${minutes} minutes as nobody, read-only, in 64 MiB and a twentieth of a CPU`, async function () {
      this.timeout((minutes + 5) * 60_000);
      for (let first = 0; first < 100; first += 10) {
        const names = Array.from({ length: 10 }, (_, index) => `crowd-${first + index}`);
        await Promise.all(names.map((name) => engine.runContainer(name, ['--network=none'], 'sleep', '100000')));
      }
      const group = await run('stat', ['--format=%g', engine.socketPath]);
      const limits = ['--memory=64m', '--cpus=0.05'];
      const rights = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];
      const socket = [`--volume=${engine.socketPath}:/var/run/docker.sock:ro`, `--group-add=${group.trim()}`];
      await engine.docker('run', '--detach', '--name=limited', ...limits, ...rights, ...socket, image);
      const answers = await node<Answer[]>('container:limited', observer, String(minutes * 4));
      const slowest = (path: string): number =>
        Math.max(...answers.filter((answer) => answer.path === path).map(({ milliseconds }) => milliseconds));
      const id = await engine.docker('inspect', '--format={{.Id}}', 'limited');
      // The peak has the page cache in it, which gives way; the anonymous memory does not.
      const peak = await engine.cgroup('memory', id, 'memory.max_usage_in_bytes');
      const anonymous = /^rss (\d+)$/m.exec(
        await engine.docker('exec', 'limited', 'cat', '/sys/fs/cgroup/memory/memory.stat'),
      )?.[1];
      const cpu = await engine.cgroup('cpuacct', id, 'cpuacct.usage');
      process.stderr.write(
        `      start ${slowest('start')} ms, slowest scrape ${slowest('/metrics')} ms, /health ${slowest('/health')} ms, ` +
          `/ready ${slowest('/ready')} ms, memory ${Math.round(Number(anonymous) / 1e6)} MB, peak with page cache ${Math.round(peak / 1e6)} MB, CPU ${(cpu / 1e9).toFixed(1)} s\n`,
      );

      expect(answers).to.have.lengthOf(1 + minutes * 4 * 3);
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
      for (const { body } of answers.filter(({ path }) => path === '/metrics')) {
        expect(body.match(/^container_info\{container_name="crowd-\d+"/gm)).to.have.lengthOf(100);
        expect(body.match(/^container_memory_usage_bytes\{container_name="crowd-\d+"/gm)).to.have.lengthOf(100);
      }
      const state: object = JSON.parse(await engine.docker('inspect', '--format={{json .State}}', 'limited'));
      expect(state).to.include({ Running: true, OOMKilled: false });
      expect(state).to.have.nested.property('Health.Status', 'healthy');
      expect(await engine.docker('exec', 'limited', 'id', '-u')).to.equal('65534');
      const flags = await engine.docker('exec', 'limited', 'cat', '/proc/1/cmdline');
      expect(flags.split('\0')).to.include('--max-old-space-size=28');
      const names = (await engine.docker('ps', '--quiet', '--filter=name=crowd-')).split('\n');
      await engine.docker('rm', '--force', 'limited', ...names);
    });
  });

  describe('the compose stack', () => {
    // With what is off by default, and what it needs of the proxy.
    const everything = {
      services: {
        exporter: { command: ['--collection.collectors.disk', '--metrics.container_labels=.+'] },
        'socket-proxy': { environment: { SYSTEM: 1 } },
      },
    };
    const folder = mkdtempSync(join(tmpdir(), 'stack-'));
    const override = join(folder, 'everything.json');
    const stack = ['--project-name', 'stack', '--file', 'docker-compose.yml', '--file', override];
    before(() => writeFileSync(override, JSON.stringify(everything)));
    after('its ports are free again', async () => {
      await compose(engine, [...stack, '--profile', 'otel', 'down', '--timeout', '1']);
      rmSync(folder, { recursive: true });
    });

    const ask = async (queries: readonly string[]): Promise<Record<string, string>[][]> => {
      const answers = await node<{ status: string; data: { result: { metric: Record<string, string> }[] } }[]>(
        'stack_monitoring',
        questioner,
        JSON.stringify(queries),
      );
      expect(answers.filter(({ status }) => status !== 'success')).to.deep.equal([]);
      return answers.map(({ data }) => data.result.map(({ metric }) => metric));
    };

    before('it runs, with containers in every kind of trouble', async () => {
      await importStack(engine);
      // The engine's own network has its loopback still down, and the published ports are there.
      await engine.docker(
        'run',
        '--rm',
        '--network=host',
        '--cap-add=NET_ADMIN',
        'bb',
        'ip',
        'link',
        'set',
        'lo',
        'up',
      );
      await compose(engine, [...stack, 'up', '--detach', '--no-build', 'socket-proxy', 'exporter', 'prometheus']);
      const health = ['--health-cmd=false', '--health-interval=1s', '--health-retries=1'];
      await engine.runContainer('sick', health, 'sleep', '100000');
      await engine.runContainer('loop', ['--restart=always'], 'false');
      await engine.runContainer('failed', [], 'sh', '-c', 'exit 3');
      await engine.runContainer('slow', ['--cpus=0.05'], 'sh', '-c', 'while :; do :; done');
      // A buffer that waits for a reader: anonymous memory, and no page cache.
      const fill = 'dd if=/dev/zero bs=37M | sleep 100000';
      await engine.runContainer('full', ['--memory=40m', '--pids-limit=50'], 'sh', '-c', fill);
      await engine.runContainer('hungry', ['--memory=20m'], 'sh', '-c', 'tail /dev/zero; sleep 100000');
      const write = 'while :; do dd if=/dev/zero of=/disk/file bs=1M count=1 oflag=direct; sleep 1; done';
      await engine.runContainer('writer', ['--volume=/disk'], 'sh', '-c', write);
      const scrapes = 'count_over_time(up{job="docker-stats-exporter"}[10m]) > 5';
      await eventually('six scrapes', async () => (await ask([scrapes]))[0]?.length === 1, {
        within: 180_000,
        every: 5_000,
      });
    });

    it('has every metric of the catalogue in Prometheus, through the socket proxy', async () => {
      const all = catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name));
      // Those of the push are there where something is pushed, those of an orchestrator where there is one.
      const names = all.filter((name) => !/^(exporter_otlp_|container_(swarm|kubernetes)_info)/.test(name));
      const found = await ask(names);
      expect(names.filter((_, index) => found[index]?.length === 0)).to.deep.equal([]);
      expect((await ask(['exporter_up == 1']))[0]).to.have.lengthOf(1);
    });

    it('answers every query of the dashboard', async () => {
      const queries = queriesOf(readDashboard());
      const found = await ask(queries.map(({ query }) => query));
      const empty = queries.filter((_, index) => found[index]?.length === 0);
      expect(empty.map(({ panel }) => panel)).to.deep.equal([]);
    });

    it('finds the containers in trouble by the conditions of the alerts, and no others', async () => {
      const { groups }: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(
        readFileSync(`${repository}/deploy/prometheus/alerts.yml`, 'utf8'),
      );
      const rules = groups.flatMap((group) => group.rules);
      const findTrouble = async (): Promise<Record<string, readonly (string | undefined)[]>> => {
        const found = await ask(rules.map(({ expr }) => expr));
        const names = found.map((series) => series.map((labels) => labels['container_name'] ?? labels['instance']));
        return Object.fromEntries(rules.map(({ alert }, index) => [alert, names[index] ?? []]));
      };
      // On a busy machine it takes a while until what wants more CPU than its limit gets that much.
      await eventually(
        'the throttled container',
        async () => (await findTrouble())['ContainerThrottled']?.length === 1,
        {
          within: 180_000,
          every: 5_000,
        },
      );
      expect(await findTrouble()).to.deep.equal({
        DockerStatsExporterDown: [],
        DockerStatsExporterAbsent: [],
        DockerDaemonDown: [],
        DockerStatsScrapeErrors: [],
        DockerStatsReloadFailed: [],
        DockerStatsPushFailing: [],
        DockerVolumeGrowing: [],
        DockerDiskGrowing: [],
        DockerJobFailing: [],
        DockerEventsMissed: [],
        ContainerHealthFlapping: [],
        ContainerOutOfMemory: ['hungry'],
        ContainerRestarting: ['loop'],
        ContainerUnhealthy: ['sick'],
        ContainerNearMemoryLimit: ['full'],
        ContainerThrottled: ['slow'],
        ContainerFailed: ['failed'],
      });
    });

    describe('with the profile otel', () => {
      needsCollector();

      it('has what the exporter pushes in Prometheus, by way of the Collector', async () => {
        await importCollector(engine);
        await compose(
          engine,
          [...stack, '--profile', 'otel', 'up', '--detach', '--no-build', 'exporter', 'otel-collector'],
          { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4318' },
        );
        await eventually(
          'the containers that the Collector shows',
          async () => {
            const [found = []] = await ask(['otel_container_memory_usage_bytes{container_id!=""}']);
            const names = new Set(found.map((labels) => labels['container_name']));
            return ['sick', 'slow', 'full'].every((name) => names.has(name));
          },
          { within: 180_000, every: 5_000 },
        );
      });
    });
  });

  describe('the sidecar', () => {
    it('shows the application beside it, with the group of the socket and no other right', async () => {
      const directory = `${repository}/deploy/sidecar`;
      const { services }: { services: { application: { image: string } } } = parse(
        readFileSync(`${directory}/docker-compose.yml`, 'utf8'),
      );
      await importStandIn(engine, services.application.image, { programs: {}, changes: ['CMD ["sleep", "100000"]'] });
      const group = (await run('stat', ['--format=%g', engine.socketPath])).trim();
      await compose(
        engine,
        ['--project-name=beside', `--file=${directory}/docker-compose.yml`, 'up', '--detach', '--no-build'],
        { DOCKER_GID: group },
      );
      const script = `
        const scrape = () => fetch('http://docker-stats-exporter:9200/metrics').then((response) => response.text());
        let text = '';
        for (let tries = 0; tries < 60 && text === ''; tries += 1) {
          text = await scrape().catch(() => new Promise((resolve) => setTimeout(resolve, 500, '')));
        }
        console.log(JSON.stringify(text));
      `;
      const exposition = await node<string>('beside_default', script);
      expect(exposition).to.match(
        /^container_memory_usage_bytes\{container_name="beside[_-]application[_-]1",compose_service="application",compose_project="beside",/m,
      );
    });
  });
});
