import { expect } from 'chai';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { queriesOf, readDashboard } from './dashboard.ts';

const dashboard = readDashboard();
const shown = dashboard.panels.filter(({ type }) => type !== 'row');
const known = new Set(catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name)));

/** What looks like a metric of ours. */
const metricsIn = (text: string): string[] => text.match(/\b(?:container|docker|exporter)_\w+/g) ?? [];

/** Labels, which are named in a query as well. */
const labels = new Set(catalogue.flatMap((group) => group.labels));

describe('the Grafana dashboard', () => {
  it('asks for metrics that there are', () => {
    const variables = dashboard.templating.list.map(({ query }) => JSON.stringify(query));
    const asked = [...queriesOf(dashboard).map(({ query }) => query), ...variables].flatMap(metricsIn);
    expect(asked).to.include('container_info');
    expect([...new Set(asked)].filter((name) => !known.has(name) && !labels.has(name))).to.deep.equal([]);
  });

  for (const { title, datasource, targets = [], fieldConfig } of shown) {
    it(`has a unit and the chosen data source in "${title}"`, () => {
      expect(fieldConfig?.defaults.unit).to.be.a('string').and.not.equal('');
      expect(targets).to.have.length.at.least(1);
      for (const { uid } of [datasource ?? {}, ...targets.map((target) => target.datasource ?? {})])
        expect(uid).to.equal('${datasource}');
    });
  }

  it('lets choose the data source, and each of what a series belongs to', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).to.deep.equal([
      'datasource',
      'job',
      'instance',
      'project',
      'service',
      'container',
      'top',
    ]);
  });

  it('asks every query for the chosen exporters, and those of containers for the chosen containers', () => {
    const expressions = [
      ...shown.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...dashboard.annotations.list.map(({ expr }) => expr),
    ];
    const selectors = expressions.flatMap((expr) => expr.match(/\b(?:container|docker|exporter)_\w+\{[^}]*\}/g) ?? []);
    expect(selectors.length).to.be.at.least(expressions.length);
    for (const selector of selectors) {
      expect(selector).to.contain('{job=~"$job", instance=~"$instance"');
      if (selector.startsWith('container_'))
        expect(selector).to.contain(
          'compose_project=~"$project", compose_service=~"$service", container_name=~"$container"',
        );
    }
    // A metric that is asked for has braces.
    for (const expr of expressions)
      expect(expr).to.not.match(/\b(?:container|docker|exporter)_\w+_(?:total|seconds|bytes|info|up)\b(?!\{)/);
  });

  it('describes every panel, shares one crosshair, and marks what happens to containers', () => {
    expect(shown.filter(({ description = '' }) => description === '').map(({ title }) => title)).to.deep.equal([]);
    expect(dashboard.graphTooltip).to.equal(1);
    expect(dashboard.annotations.list.map(({ name }) => name)).to.deep.equal([
      'Container starts',
      'OOM kills',
      'Failed runs',
      'Restarts',
    ]);
  });

  it('bounds what one graph shows, however many containers there are', () => {
    const graphs = shown.filter(({ type }) => type === 'timeseries').flatMap(({ targets = [] }) => targets);
    for (const { expr } of graphs)
      expect(expr).to.match(
        /^(topk\(\$top, |sum\(|(sum|max|count) by \((status|collector|endpoint|reason|type|instance)\))/,
      );
  });

  it('has ids of their own for all panels, and none that covers another', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).to.equal(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).to.be.at.most(24);
  });
});
