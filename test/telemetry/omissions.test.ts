import { expect } from 'chai';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import type { MetricGroup } from '../../lib/metrics/metric.ts';
import { prometheusNaming } from '../../lib/telemetry/naming.ts';
import { testBridge } from '../support/bridges.ts';
import { parseExposition } from '../support/exposition.ts';
import { pushedMetrics } from '../support/push-requests.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';

describe('what can not be shown', () => {
  let lines: { message: string; fields: object | undefined }[];
  const log = {
    info: () => {},
    warn: (message: string, fields?: object) => void lines.push({ message, fields }),
  };

  beforeEach(() => {
    lines = [];
  });

  const containers = ['a', 'b'].map((name) => containerFacts({ id: name.repeat(64), name }));
  const source = sourceOf(() => snapshotOf({ containers }));
  /** The catalogue, in which the group of a metric throws. */
  const brokenAt = (name: string): MetricGroup[] =>
    catalogue.map((group) => ({
      ...group,
      read: group.metrics.some((metric) => metric.name === name)
        ? () => {
            throw new Error('not to be read');
          }
        : group.read,
    }));

  for (const [name, collector, errors] of [
    ['container_info', 'container', 2],
    ['docker_images_total', 'system', 1],
    ['exporter_capability', 'system', 1],
  ] as const) {
    it(`costs a scrape the group of ${name} alone, and is counted, and named once in the log`, async () => {
      const bridge = testBridge({ source, groups: brokenAt(name), log });
      const scrape = async () => {
        const page = await bridge.scrape({ timeoutMillis: 10_000, format: 'text' });
        return parseExposition(page.toString());
      };
      const { families } = await scrape();
      expect(families.has(name)).to.equal(false);
      expect(families.size).to.be.at.least(15);
      expect((await scrape()).value('exporter_scrape_errors_total', { collector })).to.be.at.least(errors);
      expect(lines.map(({ message }) => message)).to.deep.equal([
        `metrics omitted: ${catalogue
          .find(({ metrics }) => metrics.some((metric) => metric.name === name))
          ?.metrics.map((metric) => metric.name)
          .join(', ')}`,
      ]);
      expect(lines[0]?.fields).to.deep.equal({ reason: 'not to be read' });
    });

    it(`costs a push the group of ${name} alone`, async () => {
      const naming = prometheusNaming('', {}, brokenAt(name));
      const omitted = { container: 0, system: 0 };
      const pushed = await pushedMetrics(snapshotOf({ containers }), { naming, log, omitted });
      const names = pushed.map(({ descriptor }) => descriptor.name);
      expect(names).to.not.include(name);
      expect(names).to.include('container_health_status').and.to.include('exporter_up');
      expect(omitted[collector]).to.equal(errors);
      expect(lines).to.have.length(1);
    });
  }

  describe('for want of memory', () => {
    const large = Array.from({ length: 50 }, (_, index) =>
      containerFacts({ id: `${index}`, name: `c${index}`, composeProject: index % 2 === 0 ? 'p'.repeat(10_000) : '' }),
    );
    const pages = createMemoryShare(2_000_000);
    const bridge = () => testBridge({ source: sourceOf(() => snapshotOf({ containers: large })), pages, log });

    it('is omitted and counted, and what fits is shown', async () => {
      const { scrape } = bridge();
      const page = await scrape({ timeoutMillis: 10_000, format: 'text' });
      expect(page.length).to.be.within(400_000, 1_000_000);
      const metrics = parseExposition(page.toString());
      const shown = metrics.families.get('container_info')?.samples.length ?? 0;
      expect(shown).to.be.within(26, 40);
      for (let index = 1; index < 50; index += 2) {
        expect(metrics.value('container_info', { container_name: `c${index}` })).to.equal(1);
      }
      expect(metrics.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(50 - shown);
      expect(lines).to.deep.equal([
        { message: 'memory limit reached, containers omitted', fields: { omitted: 50 - shown, shown } },
      ]);
    });

    it('gives back what it took, however many scrapes there are', async () => {
      const { scrape } = bridge();
      for (let count = 0; count < 3; count += 1) {
        await Promise.all(
          (['text', 'openmetrics'] as const).map((format) => scrape({ timeoutMillis: 10_000, format })),
        );
      }
      expect(pages.usedBytes()).to.equal(0);
      expect(lines).to.have.length(1);
    });

    it('shows the exporter where there is none at all', async () => {
      const full = createMemoryShare(0);
      const { scrape } = testBridge({ source, pages: full, log });
      const metrics = parseExposition((await scrape({ timeoutMillis: 10_000, format: 'text' })).toString());
      expect(metrics.value('exporter_up')).to.equal(1);
      expect(metrics.families.has('container_info')).to.equal(false);
    });
  });
});
