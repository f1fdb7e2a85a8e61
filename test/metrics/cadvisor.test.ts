import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseWholePattern } from '../../lib/config/patterns.ts';
import { cadvisorCatalogue, isCadvisorLabel } from '../../lib/metrics/cadvisor.ts';
import { selectLabels } from '../../lib/metrics/container-labels.ts';
import type { ContainerInspection, ContainerStats, ContainerSummary, EngineInfo } from '../../lib/docker/api.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { coarser, untold } from '../../scripts/cadvisor-lists.ts';
import { readRecording } from '../simulator/recording.ts';
import { readCadvisorSample } from '../support/cadvisor-sample.ts';
import { parseExposition } from '../support/exposition.ts';
import { fixtureFolder, goldenPath, recordedEngines } from '../support/golden.ts';
import { testBuild } from '../support/pipeline.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';
import { requireTools } from '../support/tools.ts';

const sample = readCadvisorSample();
const families = cadvisorCatalogue.flatMap(({ labels, metrics }) => metrics.map((metric) => ({ ...metric, labels })));

/** cAdvisor finds these on the host, which the API says nothing of. */
const machineLabels = new Set(['boot_id', 'machine_id', 'system_uuid']);
const composeLabels = ['container_label_com_docker_compose_project', 'container_label_com_docker_compose_service'];

describe("the metrics under cAdvisor's names", () => {
  for (const { name, kind, labels } of families.filter((family) => sample.has(family.name))) {
    it(`have ${name} as a real cAdvisor has it: a ${kind} with the same labels`, () => {
      expect(kind).to.equal(sample.get(name)?.type);
      const theirs = sample.get(name)?.labels?.filter((label) => !machineLabels.has(label));
      const ours = labels.flatMap((label) => (label === 'container_label_KEY' ? composeLabels : [label]));
      if (theirs !== undefined) expect(ours.toSorted()).to.deep.equal(theirs);
    });
  }

  it('are every family of the sample, but for those that the documentation says are missing', () => {
    const missing = untold.flatMap((each) => each.families);
    const names = new Set(families.map(({ name }) => name));
    expect([...sample.keys()].filter((name) => !names.has(name))).to.have.members(missing);
    expect(Object.keys(coarser).filter((name) => !names.has(name))).to.deep.equal([]);
  });

  it('have each name once', () => {
    expect(new Set(families.map(({ name }) => name)).size).to.equal(families.length);
  });

  it('have labels of their own that no global label can take', () => {
    for (const label of ['id', 'name', 'image', 'interface', 'cpu', ...composeLabels])
      expect(isCadvisorLabel(label), label).to.equal(true);
    expect(isCadvisorLabel('site')).to.equal(false);
  });

  it('show containers that run or are paused, and their chosen labels, with conflicts told apart', () => {
    const labels = { 'com.docker.compose.project': 'shop', 'a.b': '1', 'a-b': '2', other: 'x' };
    const facts = { labels, composeProject: 'shop', resources: parseStats({ read: '2026-01-01T00:00:00Z' }) };
    const containers = ['running', 'paused', 'exited', 'created', 'restarting'].map((state) =>
      containerFacts({ ...facts, id: state, name: state, state }),
    );
    const shown = new Map<string, object>();
    const input = {
      snapshot: snapshotOf({ containers }),
      build: testBuild,
      selectedLabels: selectLabels(['a.b', 'com[.].*'].map(parseWholePattern)),
    };
    for (const group of cadvisorCatalogue) {
      group.read(input, ({ name }, _, { attributes }) => {
        if (name === 'container_last_seen') shown.set(String(attributes['name']), attributes);
      });
    }
    expect([...shown.keys()]).to.deep.equal(['running', 'paused']);
    expect(shown.get('running')).to.deep.equal({
      container_label_a_b_conflict1: '2',
      container_label_a_b_conflict2: '1',
      container_label_com_docker_compose_project: 'shop',
      container_label_com_docker_compose_service: '',
      id: '/docker/running',
      image: 'nginx:1.27',
      name: 'running',
    });
  });

  for (const engine of recordedEngines) {
    it(`are for ${engine} accepted by promtool but for names that are cAdvisor's`, function () {
      requireTools(this, 'promtool');
      const input = readFileSync(goldenPath(engine, 'expected.cadvisor.prom'));
      const checked = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      const remarks = checked.stderr.split('\n').filter((line) => line !== '');
      expect(remarks.filter((line) => !/^(cadvisor_version_info|container_memory_failcnt) /.test(line))).to.deep.equal(
        [],
      );
      expect(checked.status).to.equal(3);
    });

    it(`have the values that ${engine} answered`, async () => {
      const recording = await readRecording(fixtureFolder(engine));
      const page = parseExposition(readFileSync(goldenPath(engine, 'expected.cadvisor.prom'), 'utf8'));
      const info: EngineInfo = JSON.parse(recording.info);
      expect(page.value('machine_cpu_cores')).to.equal(info.NCPU);
      expect(page.value('machine_memory_bytes')).to.equal(info.MemTotal);
      const running = (JSON.parse(recording.containers) as readonly ContainerSummary[]).filter(
        ({ State }) => State === 'running' || State === 'paused',
      );
      const shown = page.select('container_last_seen').map(({ labels }) => labels.get('name'));
      expect(shown).to.have.members(running.map(({ Names }) => Names?.[0]?.slice(1)));
      for (const name of shown) {
        const stats: ContainerStats = JSON.parse(recording.stats[name ?? ''] ?? '');
        const inspection: ContainerInspection = JSON.parse(recording.inspect[name ?? ''] ?? '');
        for (const [family, value] of expectedOf(stats, inspection)) {
          expect(page.value(family, { name: name ?? '' }), `${family} of ${name}`).to.equal(value);
        }
        const cpus = page.select('container_cpu_usage_seconds_total', { name: name ?? '' });
        const sum = cpus.reduce((total, cpu) => total + cpu.value, 0);
        expect(sum).to.be.closeTo((stats.cpu_stats?.cpu_usage?.total_usage ?? Number.NaN) / 1e9, 1e-6);
      }
    });
  }
});

/** What the page has to show of a container, reckoned from the answers alone. */
function expectedOf(
  { memory_stats: memory, cpu_stats: cpu, pids_stats: pids }: ContainerStats,
  { HostConfig: host, State: state }: ContainerInspection,
): ReadonlyMap<string, number | undefined> {
  const detail: Readonly<Record<string, number>> = memory?.stats ?? {};
  const isLimited = (host?.NanoCpus ?? 0) + (host?.CpuQuota ?? 0) > 0;
  const throttling = cpu?.throttling_data;
  const inSeconds = (nanoseconds: number | undefined): number | undefined => nanoseconds && nanoseconds / 1e9;
  return new Map([
    ['container_memory_usage_bytes', memory?.usage],
    ['container_memory_cache', detail['total_cache'] ?? detail['file']],
    ['container_memory_rss', detail['total_rss'] ?? detail['anon']],
    ['container_memory_mapped_file', detail['total_mapped_file'] ?? detail['file_mapped']],
    ['container_memory_total_inactive_file_bytes', detail['total_inactive_file'] ?? detail['inactive_file']],
    ['container_memory_max_usage_bytes', memory?.max_usage],
    ['container_memory_failcnt', memory?.failcnt ?? 0],
    ['container_cpu_user_seconds_total', inSeconds(cpu?.cpu_usage?.usage_in_usermode)],
    ['container_cpu_system_seconds_total', inSeconds(cpu?.cpu_usage?.usage_in_kernelmode)],
    ['container_cpu_cfs_periods_total', isLimited ? throttling?.periods : undefined],
    ['container_cpu_cfs_throttled_periods_total', isLimited ? throttling?.throttled_periods : undefined],
    ['container_cpu_cfs_throttled_seconds_total', isLimited ? inSeconds(throttling?.throttled_time) : undefined],
    ['container_threads', pids?.current],
    ['container_spec_memory_limit_bytes', host?.Memory],
    ['container_health_state', { healthy: 1, starting: 0, unhealthy: 0 }[state?.Health?.Status ?? ''] ?? -1],
  ]);
}
