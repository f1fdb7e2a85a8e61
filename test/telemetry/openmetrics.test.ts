import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { testBridge } from '../support/bridges.ts';
import { bothFormats } from '../support/both-formats.ts';
import { parseOpenMetrics } from '../support/openmetrics.ts';
import { containerFacts, longFigures, snapshotOf, sourceOf } from '../support/snapshots.ts';
import { skipFor } from '../support/tools.ts';

describe('the exposition in OpenMetrics', () => {
  const snapshot = snapshotOf({
    containers: [
      containerFacts({ name: 'web', startedAt: 1_700_000_000.25, resources: longFigures }),
      containerFacts({ name: 'unknown start', startedAt: undefined, resources: longFigures }),
    ],
  });

  it('has families without _total, units that are suffixes, the start of what counts, and an end', async () => {
    const { openmetrics } = await bothFormats(snapshot);
    expect(openmetrics).to.match(/\n# EOF\n$/);
    const lines = openmetrics.split('\n').filter((line) => line.includes('lab_container_cpu_usage_seconds'));
    const labels = (name: string): string =>
      `{container_name="${name}",compose_service="",compose_project="",image="busybox",site="north"}`;
    expect(lines.map((line) => line.replace(/image="[^"]*"/, 'image="busybox"'))).to.deep.equal([
      '# TYPE lab_container_cpu_usage_seconds counter',
      '# UNIT lab_container_cpu_usage_seconds seconds',
      '# HELP lab_container_cpu_usage_seconds CPU time used.',
      `lab_container_cpu_usage_seconds_total${labels('web')} 123456.789012345`,
      `lab_container_cpu_usage_seconds_created${labels('web')} 1700000000.25`,
      `lab_container_cpu_usage_seconds_total${labels('unknown start')} 123456.789012345`,
    ]);
  });

  it('has no start of anything unless that is asked for', async () => {
    const { openmetrics } = await bothFormats(snapshot, { createdTimestamps: false });
    expect(openmetrics).not.to.include('_created');
    expect(openmetrics).to.include('lab_container_cpu_usage_seconds_total{');
  });

  it('starts what the exporter counts at its own start', async () => {
    const { openmetrics } = await bothFormats(snapshot);
    const { families } = parseOpenMetrics(openmetrics);
    const created = families.get('lab_process_cpu_seconds')?.samples.find(({ name }) => name.endsWith('_created'));
    const start = families.get('lab_process_start_time_seconds')?.samples[0]?.value;
    expect(created?.value).to.be.closeTo(start ?? 0, 0.001);
  });

  it('gives the same bytes to scrapes that share a collection', async () => {
    let given = 0;
    const bridge = testBridge({
      source: sourceOf(() => snapshot),
      self: async () => {
        given += 1;
        return { reload: { successful: true, succeededAt: given }, process: undefined };
      },
    });
    const scrape = (): Promise<Buffer> => bridge.scrape({ timeoutMillis: 1_000, format: 'text' });
    const shared = await Promise.all(Array.from({ length: 50 }, scrape));
    expect(new Set(shared).size).to.equal(1);
    expect(await scrape()).to.not.equal(shared[0]);
  });

  it("is accepted by the reference parser, Python's", async function () {
    const { openmetrics } = await bothFormats(
      snapshotOf({ containers: [containerFacts({ name: 'a "b"\\\n🦊', startedAt: 1, resources: longFigures })] }),
    );
    const program =
      'import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n' +
      'print(sum(len(f.samples) for f in parse(sys.stdin.buffer.read().decode())))';
    const parsed = spawnSync('/usr/bin/python3', ['-c', program], { input: openmetrics, encoding: 'utf8' });
    if (parsed.error !== undefined || parsed.stderr.includes('ModuleNotFoundError')) {
      skipFor('python3-prometheus-client is not installed', this);
    }
    expect(parsed.stderr).to.equal('');
    expect(Number(parsed.stdout)).to.equal(openmetrics.split('\n').filter((line) => /^[a-z]/.test(line)).length);
  });
});
