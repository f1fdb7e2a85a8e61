import { expect } from 'chai';
import { createCounterStarts } from '../../lib/snapshot/counter-starts.ts';
import type { ResourceFacts } from '../../lib/snapshot/facts.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';

/** Resources with the received bytes of each interface. */
function receiving(bytes: Readonly<Record<string, number>>): ResourceFacts {
  const networks = Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, { rx_bytes: value }]));
  const resources = parseStats({ read: '2026-01-01T00:00:00Z', networks });
  if (resources === undefined) throw new Error('no resources');
  return resources;
}

describe('the starts of counters', () => {
  let starts: ReturnType<typeof createCounterStarts>;
  beforeEach(() => (starts = createCounterStarts()));

  /** When the counters of each interface began, in seconds, after a sample at such a second. */
  const sample = (
    second: number,
    bytes: Readonly<Record<string, number>>,
    begunAt = second * 1_000,
  ): Readonly<Record<string, number | undefined>> => {
    const { interfaces } = starts.withStarts('a', receiving(bytes), { takenAt: second * 1_000, begunAt });
    return Object.fromEntries(interfaces.map(({ name, countedSince }) => [name, countedSince]));
  };

  it('are those of the container at first, and as long as they rise', () => {
    expect(sample(10, { eth0: 500 })).to.deep.equal({ eth0: undefined });
    expect(sample(20, { eth0: 500 })).to.deep.equal({ eth0: undefined });
    expect(sample(30, { eth0: 600 })).to.deep.equal({ eth0: undefined });
  });

  it('are at the last sample where a counter fell since, and stay there', () => {
    sample(10, { eth0: 500, eth1: 1 });
    expect(sample(20, { eth0: 20, eth1: 2 })).to.deep.equal({ eth0: 10, eth1: undefined });
    expect(sample(30, { eth0: 700, eth1: 3 })).to.deep.equal({ eth0: 10, eth1: undefined });
  });

  it('are at the last sample where that did not have an interface', () => {
    sample(10, { eth0: 500 });
    sample(20, {});
    expect(sample(30, { eth0: 20, eth1: 7 })).to.deep.equal({ eth0: 20, eth1: 20 });
  });

  it('do not change because an interface could not be read once', () => {
    sample(10, { eth0: 500 });
    sample(20, {});
    expect(sample(30, { eth0: 600 })).to.deep.equal({ eth0: undefined });
  });

  it('do not change because an earlier snapshot took longer', () => {
    sample(10, { eth0: 500 });
    sample(30, { eth0: 700 });
    expect(sample(20, { eth0: 600 })).to.deep.equal({ eth0: undefined });
    expect(sample(40, { eth0: 800 })).to.deep.equal({ eth0: undefined });
  });

  it('are forgotten with the container', () => {
    sample(10, { eth0: 500 });
    starts.forgetUnless(() => false);
    expect(sample(20, { eth0: 20 })).to.deep.equal({ eth0: undefined });
  });
});
