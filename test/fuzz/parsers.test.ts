import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { diskTypes } from '../../lib/docker/client.ts';
import { engineFromHeaders } from '../../lib/docker/engine.ts';
import { EngineError } from '../../lib/docker/errors.ts';
import { parseDiskUsage } from '../../lib/snapshot/disk-usage.ts';
import { isWanted } from '../../lib/inventory/filters.ts';
import { parseInspection, unixSeconds } from '../../lib/inventory/inspection.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { readListedContainer, withUniqueNames } from '../../lib/inventory/container-list.ts';
import { noRules } from '../support/pipeline.ts';
import { keepAll } from '../support/snapshots.ts';
import { type Json, hostileText, hostileValue } from './hostile.ts';
import { anyAnswer } from './recorded.ts';
import { patience, runs } from './runs.ts';

/** What a parser makes of an answer; undefined when it refuses it with an EngineError. Anything else that it throws comes through. */
function accepted<Facts>(parse: (answer: unknown) => Facts, answer: unknown): { readonly facts: Facts } | undefined {
  try {
    return { facts: parse(answer) };
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'malformed') return undefined;
    throw error;
  }
}

/** The numbers and the texts anywhere within. */
function leavesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

function expectPlain(facts: unknown): void {
  for (const leaf of leavesOf(facts)) {
    if (typeof leaf === 'number') expect(Number.isFinite(leaf), String(leaf)).to.equal(true);
    if (typeof leaf === 'string') expect(leaf.isWellFormed(), JSON.stringify(leaf)).to.equal(true);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('whatever the engine answers', () => {
  it('reads stats as finite figures of what can be counted, or refuses them', () => {
    const property = fc.property(anyAnswer('stats'), (answer) => {
      const read = accepted(parseStats, answer);
      expectPlain(read);
      const figures = leavesOf(read).filter((leaf) => typeof leaf === 'number');
      expect(figures.every((figure) => figure >= 0)).to.equal(true);
      if (!isObject(answer)) expect(read).to.equal(undefined);
      const devices = (read?.facts?.devices ?? []).map(({ name }) => name);
      expect(devices.every((name) => /^\d+:\d+$/.test(name))).to.equal(true);
      expect(new Set(devices).size).to.equal(devices.length);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('reads an inspect answer as plain facts, or refuses it', () => {
    const property = fc.property(anyAnswer('inspect'), (answer) => {
      const read = accepted((body) => parseInspection(body, keepAll), answer);
      expectPlain(read);
      if (!isObject(answer)) expect(read).to.equal(undefined);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('reads a list as containers that differ in id and name', () => {
    const rules = { ...noRules, names: [/web/], images: [/bb/], labels: [{ key: 'length', value: '3' }] };
    const lists = anyAnswer('list').filter((answer) => Array.isArray(answer));
    const property = fc.property(lists, (answer) => {
      const listed = answer
        .map((element) => readListedContainer(element, keepAll))
        .filter((each) => each !== undefined);
      const containers = [...new Map(listed.map((container) => [container.id, container])).values()];
      for (const container of containers) {
        expect(isWanted(container, { include: rules, exclude: noRules })).to.be.a('boolean');
      }
      expectPlain(containers);
      const facts = withUniqueNames(containers);
      for (const { id, name, state } of facts) expect([id, name, state]).not.to.include('');
      for (const key of ['id', 'name'] as const) {
        expect(new Set(facts.map((container) => container[key])).size).to.equal(containers.length);
      }
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('reads what takes up the disk as sizes, or refuses it', () => {
    const property = fc.property(anyAnswer('system-df'), (answer) => {
      const read = accepted((body) => parseDiskUsage(body, diskTypes), answer);
      expect(read === undefined).to.equal(!isObject(answer));
      const { space = [], writableLayers = [], volumes = [] } = read?.facts ?? {};
      const facts = [[...space], [...writableLayers], [...volumes]];
      expectPlain(facts);
      const sizes = leavesOf(facts).filter((leaf) => typeof leaf === 'number');
      expect(sizes.every((size) => size >= 0)).to.equal(true);
      expect(new Set(volumes.map((volume) => JSON.stringify({ ...volume, bytes: 0 }))).size).to.equal(volumes.length);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('reads a start time as a time since 1970 with a label of four digits for the year, or not at all', () => {
    const time: Arbitrary<Json> = fc.oneof(
      hostileValue,
      hostileText,
      fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(?:\.\d{0,12})?(?:Z|[+-][0-2]\d:[0-5]\d)$/),
    );
    const property = fc.property(time, (answer) => {
      const seconds = unixSeconds(answer);
      if (seconds === undefined) return;
      expect(seconds).to.be.at.least(0);
      expect(new Date(seconds * 1000).toISOString()).to.match(/^\d{4}-/);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('knows the kind of engine from any headers of a ping', () => {
    const version = fc.oneof(hostileText, fc.stringMatching(/^\d{1,30}\.\d{1,30}$/), fc.constant('1.43'));
    const headers = fc.record({ 'api-version': version, 'libpod-api-version': version }, { requiredKeys: [] });
    const property = fc.property(headers, (given) => {
      const engine = engineFromHeaders(given);
      expect(engine.apiVersion ?? '1.0').to.match(/^\d+\.\d+$/);
      expect(engine.product === 'podman').to.equal(given['libpod-api-version'] !== undefined);
      if (engine.sampledStats) expect(engine.product).to.equal('docker');
    });
    fc.assert(property, runs(1));
  }).timeout(patience);
});
