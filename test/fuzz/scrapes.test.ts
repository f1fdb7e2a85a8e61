import { expect } from 'chai';
import fc from 'fast-check';
import { truncateStrings } from '../../lib/docker/truncate-strings.ts';
import { hasRun, parseInspection } from '../../lib/inventory/inspection.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { readRecording, startRecordedEngine } from '../simulator/recording.ts';
import type { SimulatorServer } from '../simulator/server.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { fixtureFolder } from '../support/golden.ts';
import { createPipeline } from '../support/pipeline.ts';
import { keepAll } from '../support/snapshots.ts';
import { type Json, hostileText, toBody } from './hostile.ts';
import { anyAnswer, bodyOf, changed, recordedAnswers } from './recorded.ts';
import { patience, runs } from './runs.ts';

const engine = 'docker-20.10-cgroup2';
const now = Date.parse('2026-11-22T09:00:00.250Z');
/** Running, on a network and with a health check; it stands in the midst of the others. */
const victim = 'unhealthy';
const others = ['frozen', 'failed', 'shop-web-1', 'hostnet'];

type Summary = Readonly<Record<string, Json>> & { readonly Names: readonly string[] };
const everyone = recordedAnswers('list', [engine])[0] as readonly Summary[];
const listed = everyone.filter(({ Names }) => [victim, ...others].some((name) => Names.includes(`/${name}`)));
const place = listed.findIndex(({ Names }) => Names.includes(`/${victim}`));
const victimSummary = listed[place] ?? {};
const victimInspection = recordedAnswers('inspect', [engine]).find(isVictims) ?? null;
const victimStats = recordedAnswers('stats', [engine]).find(isVictims) ?? null;

function isVictims(answer: Json): boolean {
  const { Name, name }: { Name?: Json; name?: Json } = Object(answer);
  return [Name, name].includes(`/${victim}`);
}

/** Every series of the containers, save for the victim's, with its value. */
function seriesOfOthers(exposition: Exposition): string {
  return [...exposition.families.values()]
    .flatMap(({ samples }) => samples)
    .filter(({ labels }) => others.includes(labels.get('container_name') ?? ''))
    .map(({ name, labels, value }) => `${name} ${JSON.stringify([...labels])} ${value}`)
    .sort()
    .join('\n');
}

/** Uptime goes by the engine's clock, which /info tells. */
function withoutUptime(series: string): string {
  return series.replaceAll(/^container_uptime_seconds .*\n?/gm, '');
}

/** A text as it is a label. */
function shown(text: string): string {
  return String(truncateStrings(text, 1_024)).toWellFormed();
}

/** A list in which only the victim's element is another. */
function listWith(element: Json): string {
  return toBody(listed.with(place, element as Summary));
}

/** What a body is read as; `refused` where it is malformed. */
function readAs<Facts>(parse: (answer: unknown) => Facts, body: string): Facts | 'refused' {
  try {
    return parse(body.trim() === '' ? undefined : JSON.parse(body));
  } catch {
    return 'refused';
  }
}

function refuses(parse: (answer: unknown) => unknown, body: string): boolean {
  return readAs(parse, body) === 'refused';
}

/**
 * How many answers about a container that the list shows as running are refused. The stats of one that does not run are
 * not asked for, and one whose stats say that it ended is inspected again.
 */
function malformedAnswers(inspectBody: string, statsBody: string): number {
  const inspection = readAs((answer) => parseInspection(answer, keepAll), inspectBody);
  if (inspection !== 'refused' && !hasRun({ state: inspection.state ?? 'running' })) return 0;
  const stats = readAs(parseStats, statsBody);
  const inspections = stats === undefined ? 2 : 1;
  return (inspection === 'refused' ? inspections : 0) + (stats === 'refused' ? 1 : 0);
}

describe('a scrape, whatever the engine answers', () => {
  let simulator: SimulatorServer;
  let undisturbed: string;

  /** A first scrape of this engine, as a scraper reads it off the wire. */
  const scrape = async (): Promise<Exposition> => {
    const pipeline = await createPipeline(simulator.host, { now: () => now, timeout: 25_000 });
    try {
      return parseExposition(Buffer.from(await pipeline.scrape()).toString());
    } finally {
      pipeline.close();
    }
  };

  const scrapeWith = async (
    faults: readonly (readonly [...Parameters<SimulatorServer['fault']>])[],
  ): Promise<Exposition> => {
    simulator.fault('list', { body: toBody(listed) });
    for (const fault of faults) simulator.fault(...fault);
    try {
      const exposition = await scrape();
      expectSound(exposition);
      return exposition;
    } finally {
      simulator.clearFaults();
    }
  };

  const expectSound = (exposition: Exposition): void => {
    expect(exposition.value('exporter_up')).to.equal(1);
    for (const { name, type, samples } of exposition.families.values()) {
      for (const { labels, value } of samples) {
        expect(Number.isFinite(value), `${name} ${value}`).to.equal(true);
        if (type === 'counter') expect(value, name).to.be.at.least(0);
        if (name.startsWith('container_')) expect(labels.get('container_name')).not.to.be.oneOf(['', undefined]);
      }
    }
    for (const { labels } of exposition.select('container_info')) {
      expect(labels.get('status')).not.to.equal('');
      expect(labels.get('started_at')).to.match(/^$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
  };

  const errorsOf = (exposition: Exposition, collector: string): number | undefined =>
    exposition.value('exporter_scrape_errors_total', { collector });

  before(async () => {
    simulator = await startRecordedEngine(await readRecording(fixtureFolder(engine)));
    const exposition = await scrapeWith([]);
    expect(exposition.select('container_info')).to.have.length(listed.length);
    expect(exposition.value('container_network_receive_bytes_total', { container_name: victim })).to.be.a('number');
    undisturbed = seriesOfOthers(exposition);
    expect(undisturbed.split('\n').length).to.be.greaterThan(50);
  });
  after(() => simulator.stop());

  it('keeps all other containers, value by value, and counts what is malformed of one', async () => {
    const inspect = bodyOf(changed('inspect', victimInspection));
    const stats = bodyOf(changed('stats', victimStats));
    const property = fc.asyncProperty(inspect, stats, async (inspectBody, statsBody) => {
      const exposition = await scrapeWith([
        ['inspect', { body: inspectBody }, victim],
        ['stats', { body: statsBody }, victim],
      ]);
      expect(seriesOfOthers(exposition)).to.equal(undisturbed);
      expect(errorsOf(exposition, 'container')).to.equal(malformedAnswers(inspectBody, statsBody));
      expect(exposition.select('container_info', { container_name: victim })).to.have.length(1);
    });
    await fc.assert(property, runs(40));
  }).timeout(patience);

  it('keeps all other containers, value by value, whatever one element of the list is', async () => {
    const property = fc.asyncProperty(changed('list', victimSummary), async (element) => {
      const exposition = await scrapeWith([['list', { body: listWith(element) }]]);
      expect(seriesOfOthers(exposition)).to.equal(undisturbed);
    });
    await fc.assert(property, runs(40));
  }).timeout(patience);

  it('shows the names, images, labels and interfaces that it is given character for character up to the limit, states in lower case', async () => {
    const text = hostileText.filter((given) => given !== '' && given !== '/');
    const texts = fc.record({ name: text, image: text, service: hostileText, nic: hostileText, state: text });
    const property = fc.asyncProperty(texts, async ({ name, image, service, nic, state }) => {
      const config = { Image: image, Labels: { 'com.docker.compose.service': service } };
      const element = { ...victimSummary, Names: [`/${name}`], ...config };
      const inspection = {
        ...Object(victimInspection),
        Config: config,
        State: { ...Object(victimInspection).State, Status: state },
      };
      const exposition = await scrapeWith([
        ['list', { body: listWith(element) }],
        ['inspect', { body: toBody(inspection) }, victim],
        ['stats', { body: toBody({ read: '2026', networks: { [nic]: { rx_bytes: 7 } } }) }, victim],
      ]);
      const labels = {
        container_name: shown(`/${name}`).slice(1),
        compose_service: shown(service),
        image: shown(image),
      };
      const status = shown(state).toLowerCase();
      const found = exposition.select('container_info', { ...labels, status });
      expect(found).to.have.length(1);
      const isUp = ['running', 'paused'].includes(status);
      const received = exposition.value('container_network_receive_bytes_total', {
        ...labels,
        interface: shown(nic),
      });
      expect(received).to.equal(isUp ? 7 : undefined);
    });
    await fc.assert(property, runs(40));
  }).timeout(patience);

  it('is sound and counts one error when the list is none', async () => {
    const property = fc.asyncProperty(bodyOf(anyAnswer('list')), async (body) => {
      const exposition = await scrapeWith([['list', { body }]]);
      const isNoList = refuses((answer) => expect(answer).to.be.an('array'), body);
      if (isNoList) expect(errorsOf(exposition, 'container')).to.equal(1);
      if (isNoList) expect(exposition.select('container_info')).to.deep.equal([]);
    });
    await fc.assert(property, runs(40));
  }).timeout(patience);

  it('loses only the figures of the daemon that are malformed', async () => {
    const bodies = fc.tuple(
      bodyOf(anyAnswer('info')),
      bodyOf(anyAnswer('images')),
      bodyOf(anyAnswer('volumes')),
      bodyOf(anyAnswer('networks')),
    );
    const property = fc.asyncProperty(bodies, async ([info, images, volumes, networks]) => {
      const exposition = await scrapeWith([
        ['info', { body: info }],
        ['images', { body: images }],
        ['volumes', { body: volumes }],
        ['networks', { body: networks }],
      ]);
      expect(withoutUptime(seriesOfOthers(exposition))).to.equal(withoutUptime(undisturbed));
      const isList = (answer: unknown) => expect(answer).to.be.an('array');
      const isVolumes = (answer: unknown) =>
        expect(answer)
          .to.be.an('object')
          .with.property('Volumes')
          .that.satisfies((inner: unknown) => inner === null || Array.isArray(inner));
      const malformed = {
        docker_images_total: refuses(isList, images),
        docker_volumes_total: refuses(isVolumes, volumes),
        docker_networks_total: refuses(isList, networks),
      };
      for (const [name, isMalformed] of Object.entries(malformed)) {
        expect(exposition.select(name), name).to.have.length(isMalformed ? 0 : 1);
      }
      const isNoInfo = refuses((answer) => expect(answer).to.be.an('object'), info);
      expect(errorsOf(exposition, 'system')).to.equal([...Object.values(malformed), isNoInfo].filter(Boolean).length);
    });
    await fc.assert(property, runs(40));
  }).timeout(patience);
});
