import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { truncateStrings } from '../../lib/docker/truncate-strings.ts';
import { type EngineEvent, parseEvent } from '../../lib/docker/events.ts';
import { createStringCutter } from '../../lib/docker/string-cutter.ts';
import { readListedContainer } from '../../lib/inventory/container-list.ts';
import { type ContainerRegistry, createContainerRegistry } from '../../lib/inventory/containers.ts';
import { parseInspection } from '../../lib/inventory/inspection.ts';
import { createResourceCounts } from '../../lib/inventory/resource-counts.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { noFilters } from '../support/pipeline.ts';
import { keepAll } from '../support/snapshots.ts';
import { split } from '../docker/split-list.ts';
import { type Json, hostileText, hostileValue, toBody } from './hostile.ts';
import { anyAnswer } from './recorded.ts';
import { patience, runs } from './runs.ts';

const maxTextLength = 64;
/** Room for some four containers. */
const maxBytes = 120_000;

/** Few ids, so that what happens meets what is known. */
const id = fc.oneof(fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64), 'd1', 'e2', 'f3'), hostileText);
const type = fc.oneof(fc.constantFrom('container', 'image', 'volume', 'network'), hostileText);
const actions = ['create', 'start', 'die', 'pause', 'unpause', 'rename', 'destroy', 'health_status: healthy', 'commit'];
const action = fc.oneof(fc.constantFrom(...actions), hostileText);
const attributes = fc.oneof(
  fc.dictionary(fc.oneof(fc.constantFrom('name', 'image', 'container', 'exitCode'), hostileText), hostileText),
  hostileValue,
);

/** A line of the events, or something in its place. */
const line: Arbitrary<string> = fc.oneof(
  {
    arbitrary: fc
      .record({
        Type: fc.oneof({ arbitrary: type, weight: 9 }, hostileValue),
        Action: fc.oneof({ arbitrary: action, weight: 9 }, hostileValue),
        Actor: fc.oneof({ arbitrary: fc.record({ ID: id, Attributes: attributes }), weight: 9 }, hostileValue),
        timeNano: fc.oneof({ arbitrary: fc.integer({ min: 0 }), weight: 9 }, hostileValue),
      })
      .map((event) => toBody(event as Json)),
    weight: 9,
  },
  hostileText,
);

const event: Arbitrary<EngineEvent> = line
  .map((text) => parseEvent(text, maxTextLength))
  .filter((parsed) => parsed !== undefined);

/** One thing that is done to a registry. */
type Step = (registry: ContainerRegistry) => void;

const listing = fc.tuple(anyAnswer('list'), fc.nat()).map(([answer, listedAt]): Step => (registry) => {
  const reader = registry.readList(registry.now(), listedAt);
  for (const element of Array.isArray(answer) ? answer : []) {
    const listed = readListedContainer(element, keepAll);
    if (listed !== undefined) reader.read(listed);
  }
  reader.finish();
});

const inspecting = fc.tuple(id, anyAnswer('inspect')).map(([container, answer]): Step => (registry) => {
  try {
    registry.setInspection(container, parseInspection(answer, keepAll), registry.now());
  } catch {
    // A refused answer changes nothing.
  }
});

const step: Arbitrary<Step> = fc.oneof(
  {
    arbitrary: event.map(
      (happened): Step =>
        (registry) =>
          registry.apply(happened),
    ),
    weight: 6,
  },
  listing,
  inspecting,
  id.map(
    (container): Step =>
      (registry) =>
        registry.touch(container),
  ),
);

/** What comes out of a filter when the bytes go in in pieces. */
function filtered(filter: (chunk: Buffer) => Buffer, bytes: Buffer, pieceLength: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) pieces.push(filter(bytes.subarray(at, at + pieceLength)));
  return Buffer.concat(pieces);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key].concat(textsOf(item)));
}

describe('what is known, whatever the engine says', () => {
  it('reads a line as an event with bounded texts, or as none', () => {
    const property = fc.property(line, (text) => {
      const found = parseEvent(text, maxTextLength);
      if (found === undefined) return;
      expect(Number.isFinite(found.timeNano)).to.equal(true);
      for (const each of textsOf(found)) expect(Array.from(each).length).to.be.at.most(maxTextLength);
      for (const each of textsOf(found.attributes)) expect(each.isWellFormed()).to.equal(true);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('keeps no more containers than there is room for, each with an id, a name and a state', () => {
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const share = createMemoryShare(maxBytes);
      const registry = createContainerRegistry({ share, filters: () => noFilters, keepLabel: keepAll });
      for (const each of steps) each(registry);
      const all = [...registry.all()];
      expect(all.filter(({ isBrief }) => !isBrief).length).to.be.at.most(5);
      expect(registry.leftOut()).to.be.at.least(all.filter(({ isBrief }) => isBrief).length);
      const { running, paused, stopped } = registry.counts();
      expect(running + paused + stopped).to.equal(all.length);
      for (const container of all) {
        expect(container.id).to.match(/^[a-zA-Z0-9][\w.-]{0,127}$/);
        expect(container.name).not.to.equal('');
        expect(container.state).not.to.equal('');
        expect(registry.get(container.id)).to.equal(container);
      }
      registry.clear();
      expect(share.usedBytes()).to.equal(0);
    });
    fc.assert(property, runs(10));
  }).timeout(patience);

  it('wants a list counted again after each event that may have changed it, and none that there is not', () => {
    const property = fc.property(fc.array(event, { maxLength: 10 }), (events) => {
      const counts = createResourceCounts();
      for (const each of events) counts.apply(each);
      expect(counts.outdated()).to.have.members(['images/json', 'volumes', 'networks']);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('cuts texts without changing anything else, and cuts nothing twice', () => {
    const property = fc.property(fc.oneof(hostileValue, anyAnswer('list'), anyAnswer('inspect')), (answer) => {
      const bounded = truncateStrings(answer, maxTextLength);
      expect(textsOf(bounded)).to.have.length(textsOf(answer).length);
      for (const each of textsOf(bounded)) expect(Array.from(each).length).to.be.at.most(maxTextLength);
      expect(truncateStrings(bounded, maxTextLength)).to.equal(bounded);
    });
    fc.assert(property, runs(1));
  }).timeout(patience);

  it('reads an answer in pieces as it reads it whole', () => {
    const body = fc.oneof(hostileValue, anyAnswer('list'), anyAnswer('stats')).map(toBody);
    const property = fc.property(body, fc.integer({ min: 1, max: 400 }), (text, pieceLength) => {
      const bytes = Buffer.from(text);
      const uncut = filtered(createStringCutter(1_000_000), bytes, pieceLength);
      expect(uncut.equals(bytes)).to.equal(true);
      const cut = filtered(createStringCutter(12 * maxTextLength), bytes, pieceLength).toString();
      expect(truncateStrings(JSON.parse(cut), maxTextLength)).to.deep.equal(
        truncateStrings(JSON.parse(text), maxTextLength),
      );
    });
    fc.assert(property, runs(2));
  }).timeout(patience);

  it('splits a list in pieces into its elements, and refuses what is none', () => {
    const body = fc.oneof(hostileValue, anyAnswer('list')).map(toBody);
    const property = fc.property(body, fc.integer({ min: 1, max: 400 }), (text, pieceLength) => {
      const whole: unknown = JSON.parse(text);
      if (!Array.isArray(whole)) {
        expect(() => split(text, { pieceLength })).to.throw(SyntaxError);
        return;
      }
      expect(split(text, { pieceLength }).map((element): unknown => JSON.parse(element))).to.deep.equal(whole);
    });
    fc.assert(property, runs(2));
  }).timeout(patience);
});
