import { expect } from 'chai';
import { createEngineClock } from '../../lib/inventory/engine-clock.ts';

describe("the engine's clock", () => {
  it("is the exporter's as long as an answer may just have been slow, or tells whole seconds", () => {
    const clock = createEngineClock();
    clock.compare(1_000.5, 1_000, 1_001);
    clock.compare(1_001, 1_002.9, 1_003);
    clock.compare(1_100, 1_090, 1_110);
    expect(clock.toExporterTime(1_000.123)).to.equal(1_000.123);
  });

  it('is ahead or behind by what an answer proves', () => {
    const clock = createEngineClock();
    clock.compare(1_090, 999, 1_001);
    expect(clock.toExporterTime(1_090)).to.equal(1_000);
    clock.compare(910, 999, 1_001);
    expect(clock.toExporterTime(910)).to.equal(1_000);
  });

  it('keeps its distance until an answer contradicts it', () => {
    const clock = createEngineClock();
    clock.compare(1_090, 1_000, 1_000);
    clock.compare(1_101.5, 1_010, 1_010);
    expect(clock.toExporterTime(1_090)).to.equal(1_000);
    clock.compare(1_020, 1_020, 1_020);
    expect(clock.toExporterTime(1_020)).to.equal(1_020);
  });
});
