import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { run } from '../support/process.ts';
import { requireTools } from '../support/tools.ts';

const folder = new URL('../../deploy/prometheus/', import.meta.url).pathname;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook_url: string };
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface RuleTests {
  readonly tests: readonly { readonly alert_rule_test: readonly { alertname: string; exp_alerts?: object[] }[] }[];
}

const rules = (parse(readFileSync(`${folder}alerts.yml`, 'utf8')) as Rules).groups.flatMap((group) => group.rules);

describe('the alerts', () => {
  it('ask for metrics that there are', () => {
    const names = catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name));
    const known = new Set([...names, ...catalogue.flatMap(({ labels }) => labels)]);
    const asked = rules.flatMap(({ expr }) => expr.match(/\b(?:container|docker|exporter)_\w+/g) ?? []);
    expect(asked).to.include('exporter_up');
    expect(asked.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('are tested one by one, silent and firing', () => {
    const { tests }: RuleTests = parse(readFileSync(`${folder}alerts.test.yml`, 'utf8'));
    const cases = tests.flatMap((test) => test.alert_rule_test);
    const firing = cases.filter(({ exp_alerts: alerts = [] }) => alerts.length > 0).map(({ alertname }) => alertname);
    const silent = cases.filter(({ exp_alerts: alerts = [] }) => alerts.length === 0).map(({ alertname }) => alertname);
    for (const { alert } of rules) {
      expect(firing).to.include(alert);
      expect(silent).to.include(alert);
    }
  });

  it('lead each to a paragraph of its own in docs/alerts.md', () => {
    const headings = readFileSync(`${folder}../../docs/alerts.md`, 'utf8').match(/(?<=^## )\w+$/gm) ?? [];
    const pages = rules.map(({ alert, annotations }) => {
      expect(headings).to.include(alert);
      return annotations.runbook_url.replace(alert.toLowerCase(), '');
    });
    expect(new Set(pages).size).to.equal(1);
    expect(pages[0]).to.match(/\/docs\/alerts\.md#$/);
  });

  it('pass their tests', async function () {
    this.timeout(120_000);
    requireTools(this, 'promtool');
    expect(await run('promtool', ['test', 'rules', `${folder}alerts.test.yml`])).to.contain('SUCCESS');
    expect(await run('promtool', ['check', 'rules', '--lint-fatal', `${folder}alerts.yml`])).to.contain('SUCCESS');
  });
});
