import { expect } from 'chai';
import { parseEvent } from '../../lib/docker/events.ts';
import { createResourceCounts } from '../../lib/inventory/resource-counts.ts';
import { parseInspection, unixSeconds } from '../../lib/inventory/inspection.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { readListedContainer } from '../../lib/inventory/container-list.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { createPipeline, noFilters, noRules } from '../support/pipeline.ts';
import { keepAll } from '../support/snapshots.ts';

/** Found by test/fuzz, or while its properties were written. */
describe('regression: answers that no engine should give', () => {
  let engine: Simulator;
  let summaries: Record<string, unknown>[];
  let ids: readonly string[];

  beforeEach(async () => {
    engine = await startSimulator({ containers: 3, allRunning: true });
    ids = engine.containers.all().map(({ id }) => id);
    const names = ['first', 'second', 'third'];
    summaries = ids.map((Id, index) => ({
      Id,
      Names: [`/${names[index]}`],
      Image: 'i',
      State: 'running',
      Status: 'Up',
    }));
  });
  afterEach(() => engine.stop());

  /** A scrape as it is on the wire. */
  const scrape = async (filters = noFilters): Promise<Exposition> => {
    engine.fault('list', { body: JSON.stringify(summaries) });
    const pipeline = await createPipeline(engine.host, { filters: () => filters });
    try {
      return parseExposition(Buffer.from(await pipeline.scrape()).toString());
    } finally {
      pipeline.close();
    }
  };
  const namesIn = (exposition: Exposition): readonly (string | undefined)[] =>
    exposition.select('container_info').map(({ labels }) => labels.get('container_name'));

  it('keeps all containers when an image name can not be made a text and images are filtered', async () => {
    Object.assign(summaries[1] ?? {}, { Image: { toString: 1 } });
    const filters = { include: noRules, exclude: { ...noRules, images: [/unwanted/] } };
    expect(namesIn(await scrape(filters))).to.have.members(['first', 'second', 'third']);
  });

  it('keeps all containers when one can not be inspected and its status can not be made a text', async () => {
    Object.assign(summaries[1] ?? {}, { Status: { toString: 1 } });
    engine.fault('inspect', { status: 500 }, ids[1]);
    expect(namesIn(await scrape())).to.have.members(['first', 'second', 'third']);
  });

  it('does not mix the figures of two containers of one name', async () => {
    Object.assign(summaries[2] ?? {}, { Names: ['/first'] });
    const stats = { read: '2026', pids_stats: { current: 1 }, memory_stats: { usage: 1 } };
    engine.fault('stats', { body: JSON.stringify(stats) }, ids[0]);
    engine.fault('stats', { body: JSON.stringify({ ...stats, pids_stats: { current: 3 }, memory_stats: {} }) }, ids[2]);
    const exposition = await scrape();
    const third = { container_name: ids[2]?.slice(0, 12) ?? '' };
    expect(exposition.value('container_pids_current', { container_name: 'first' })).to.equal(1);
    expect(exposition.value('container_memory_usage_bytes', { container_name: 'first' })).to.equal(1);
    expect(exposition.value('container_pids_current', third)).to.equal(3);
    expect(exposition.value('container_memory_usage_bytes', third)).to.equal(undefined);
  });

  it('writes no series twice when names differ only in half surrogate pairs', async () => {
    Object.assign(summaries[0] ?? {}, { Names: ['/a\ud800'] });
    Object.assign(summaries[1] ?? {}, { Names: ['/a\ud801'] });
    expect(namesIn(await scrape())).to.have.members(['a\ufffd', ids[1]?.slice(0, 12), 'third']);
  });

  it('counts list elements without an id of their own, and shows the rest', async () => {
    summaries.push({ Names: ['/fourth'] }, { Id: '../images', Names: ['/fifth'] }, { ...summaries[0] });
    const exposition = await scrape();
    expect(namesIn(exposition)).to.have.members(['first', 'second', 'third']);
    expect(exposition.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(1);
    expect(engine.traffic.lines.filter((line) => line.includes('images/stats'))).to.deep.equal([]);
  });

  it('shows a negative counter not at all rather than as zero', async () => {
    const cpu = { total_usage: -1, usage_in_usermode: 2e9 };
    engine.fault('stats', { body: JSON.stringify({ read: '2026', cpu_stats: { cpu_usage: cpu } }) }, ids[0]);
    const exposition = await scrape();
    expect(exposition.value('container_cpu_usage_seconds_total', { container_name: 'first' })).to.equal(undefined);
    expect(exposition.value('container_cpu_user_seconds_total', { container_name: 'first' })).to.equal(2);
  });

  for (const body of ['[]', '7', '{}', '"none"', '']) {
    it(`counts an error instead of zero volumes for ${JSON.stringify(body)}`, async () => {
      engine.fault('volumes', { body });
      const exposition = await scrape();
      expect(exposition.value('docker_volumes_total')).to.equal(undefined);
      expect(exposition.value('exporter_scrape_errors_total', { collector: 'system' })).to.equal(1);
    });
  }

  it('takes names that are no list, or nothing but a slash, for no name', () => {
    const containers = [
      { Id: 'aaaaaaaaaaaaaaaa', Names: 'web' },
      { Id: 'bbbbbbbbbbbbbbbb', Names: ['/'] },
    ].map((element) => readListedContainer(element, keepAll));
    expect(containers.map((container) => container?.name)).to.deep.equal(['aaaaaaaaaaaa', 'bbbbbbbbbbbb']);
  });

  it('takes a start time of any type but text for none, and keeps the rest of the inspection', () => {
    const inspection = parseInspection({ State: { Status: 'running', StartedAt: { toString: 1 } } }, keepAll);
    expect(inspection).to.include({ state: 'running', startedAt: undefined });
  });

  for (const time of ['9999-12-31T23:59:59-23:59', '1969-12-31T23:59:59Z']) {
    it(`takes the start time ${time} for none`, () => {
      expect(unixSeconds(time)).to.equal(undefined);
    });
  }

  it('reads block devices only where their numbers and the operation are what they should be', () => {
    const good = { major: 8, minor: 0, op: 'read', value: 5 };
    const entries = [
      good,
      { op: 'read', value: 1 },
      { ...good, minor: { toString: 1 } },
      { ...good, op: { toString: 1 } },
      { ...good, op: 'constructor' },
      { ...good, op: '__proto__' },
      { ...good, value: 1e308 },
      null,
    ];
    const facts = parseStats({ read: '2026', blkio_stats: { io_service_bytes_recursive: entries } });
    expect(facts?.devices).to.deep.equal([
      { name: '8:0', readBytes: 5, writeBytes: undefined, reads: undefined, writes: undefined },
    ]);
  });

  it('reads networks that are no object as none', () => {
    expect(parseStats({ read: '2026', networks: ['eth0'] })?.interfaces).to.deep.equal([]);
    expect(parseStats({ read: '2026', networks: 'eth0' })?.interfaces).to.deep.equal([]);
  });

  it('does not take a figure of a wrong type for a feature of the engine', () => {
    const memory = { failcnt: null, stats: { cache: 'much', swap: -1 } };
    expect(parseStats({ read: '2026', memory_stats: memory })?.capabilities).to.deep.equal([]);
  });

  it('takes an event whose type every object has for one that changes nothing', () => {
    const counts = createResourceCounts();
    for (const type of ['constructor', 'toString', '__proto__'])
      counts.apply({ type, action: 'create', id: 'a', attributes: {}, timeNano: 1 });
    expect(counts.outdated()).to.have.members(['images/json', 'volumes', 'networks']);
  });

  it('takes an event without a time that can be asked for since then for none', () => {
    for (const time of ['1e999', '-1', '1e300', 'null']) {
      const line = `{"Type":"container","Action":"start","Actor":{"ID":"a"},"timeNano":${time}}`;
      expect(parseEvent(line, 1_024)).to.equal(undefined);
    }
  });

  it('keeps of the memory figures those that are numbers', () => {
    const memory = { usage: 1, stats: { file: 5, anon: [-5], cache: 'much', rss: -1 } };
    expect(parseStats({ read: '2026', memory_stats: memory })).to.include({ memoryCache: 5, memoryRss: undefined });
  });

  it('shows all containers, whatever /info has in place of their numbers', async () => {
    for (const odd of [{ toString: 1 }, [], '3', -1, null]) {
      const numbers = { ContainersRunning: odd, ContainersPaused: odd, ContainersStopped: odd, Images: odd };
      engine.fault('info', { body: JSON.stringify(numbers) });
      const exposition = await scrape();
      expect(exposition.value('exporter_up')).to.equal(1);
      expect(exposition.select('container_memory_usage_bytes')).to.have.length(3);
      expect(exposition.select('docker_containers_total')).to.have.length(0);
    }
  });
});
