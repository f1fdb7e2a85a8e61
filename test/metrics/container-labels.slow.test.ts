import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { kubeStateName, namedLabels } from '../../lib/metrics/container-labels.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { parseExposition } from '../support/exposition.ts';
import { parseOpenMetrics } from '../support/openmetrics.ts';
import { requireTools } from '../support/tools.ts';

describe('container_labels', function () {
  this.timeout(60_000);

  /** All of Unicode but halves of surrogate pairs, in texts of 500 characters. */
  function everyCharacter(): string[] {
    const texts: string[] = [];
    let text: string[] = [];
    for (let code = 0; code <= 0x10_ff_ff; code += 1) {
      if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
      text.push(String.fromCodePoint(code));
      if (text.length === 500) texts.push(text.splice(0).join(''));
    }
    return [...texts, text.join('')];
  }

  it('has 200 odd keys a container and every legal value, exactly', async function () {
    requireTools(this, 'promtool');
    const values = [...everyCharacter(), '"', '\\', '\n', '\\n', 'a "quoted" \\\n{line="x"} 1', ''];
    const engine = await startSimulator({ containers: 0 });
    const expected = new Map<string, Readonly<Record<string, string>>>();
    for (let index = 0; values.length > 0; index += 1) {
      const chunk = values.splice(0, 198);
      const odd = chunk.map((value, number) => [`${'äé/ .:-🦊"\\\n'[number % 10]}k${number}`, value]);
      const labels = Object.fromEntries([...odd, ['same.name', 'dot'], ['same-name', 'dash']]);
      engine.containers.add({ name: `odd-${index}`, labels });
      expected.set(`odd-${index}`, labels);
    }
    const agent = await startTestAgent(['--docker.host', engine.host, '--metrics.container_labels', '.*']);
    const text = await (await agent.get('/metrics')).text();
    const open = await (await agent.get('/metrics', { accept: 'application/openmetrics-text' })).text();
    await agent.stop();
    await engine.stop();

    const samples = parseExposition(text).select('container_labels');
    expect(samples).to.have.length(expected.size);
    for (const { labels } of samples) {
      const shown = new Map([...labels].filter(([name]) => name.startsWith('label_')));
      const wanted = expected.get(labels.get('container_name') ?? '') ?? {};
      expect(Object.fromEntries(shown)).to.deep.equal(namedLabels(Object.entries(wanted), kubeStateName));
      expect(shown.get('label_same_name_conflict1')).to.equal('dash');
      expect(shown.get('label_same_name_conflict2')).to.equal('dot');
    }
    expect(Math.max(...samples.map(({ labels }) => labels.size))).to.equal(4 + 200);
    expect(parseOpenMetrics(open).families.get('container_labels')?.samples).to.deep.equal(samples);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    // Remarks about names are status 3; 1 is for what it can't parse.
    expect(checked.status, checked.stderr).to.equal(3);
  });
});
