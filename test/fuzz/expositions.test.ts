import { expect } from 'chai';
import fc from 'fast-check';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import type { Format } from '../../lib/telemetry/exposition.ts';
import type { PrometheusBridge } from '../../lib/telemetry/prometheus.ts';
import { testBridge } from '../support/bridges.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';
import { patience, runs } from './runs.ts';

/** Few values of each kind, so that most come again and all sorts of changes meet. */
const counted = fc.constantFrom(undefined, 0, -0, 7, 9);
const container = fc
  .record({
    name: fc.constantFrom('web', 'db', 'cache'),
    image: fc.constantFrom('nginx', 'redis'),
    state: fc.constantFrom('running', 'paused'),
    startedAt: fc.constantFrom(undefined, 1_700_000_000, 1_700_000_000.5),
    restartCount: counted,
    labels: fc.constantFrom({}, { tier: 'front' }, { tier: 'back' }),
    usage: counted,
    interfaces: fc.dictionary(fc.constantFrom('eth0', 'eth1'), fc.record({ rx_bytes: counted, tx_bytes: counted })),
  })
  .map(({ usage, interfaces, ...facts }): ContainerFacts => {
    const resources = parseStats({
      read: '2026-01-01T00:00:00Z',
      cpu_stats: { cpu_usage: { total_usage: usage } },
      memory_stats: { usage },
      networks: interfaces,
    });
    return containerFacts({ ...facts, resources });
  });
const containers = fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 });

describe('the exposition of a snapshot', () => {
  it('is the same whatever snapshots were shown before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(containers, { minLength: 2, maxLength: 6 }), async (all) => {
        let snapshot: Snapshot = snapshotOf();
        const newBridge = (): PrometheusBridge => {
          const source = sourceOf(() => snapshot);
          const selectedLabels = (labels: ContainerFacts['labels']) => Object.entries(labels);
          return testBridge({ source, selectedLabels, createdTimestamps: true });
        };
        const scrape = async (bridge: PrometheusBridge, format: Format): Promise<string> =>
          (await bridge.scrape({ timeoutMillis: 10_000, format })).toString();
        const lasting = newBridge();
        for (const each of all) {
          snapshot = snapshotOf({ containers: each });
          for (const format of ['text', 'openmetrics'] as const) {
            expect(await scrape(lasting, format)).to.equal(await scrape(newBridge(), format));
          }
        }
      }),
      runs(10),
    );
  }).timeout(patience);
});
