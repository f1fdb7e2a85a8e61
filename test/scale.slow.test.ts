import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { startSimulator } from './simulator/simulator.ts';
import { startTestAgent } from './support/agent.ts';

/** Bytes of the heap that are still in use after everything unreachable is gone. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('the agent at scale', function () {
  this.timeout(120_000);

  it('does not grow while 5,000 containers come and go in rounds of 100', async () => {
    const engine = await startSimulator({ containers: 0 });
    const agent = await startTestAgent(['--docker.host', engine.host]);
    let afterTenth = 0;
    for (let round = 1; round <= 50; round += 1) {
      const names = Array.from({ length: 100 }, () => engine.containers.add().name);
      const metrics = await agent.metrics();
      expect(metrics.select('container_info').map(({ labels }) => labels.get('container_name'))).to.have.members(names);
      for (const name of names) engine.containers.remove(name);
      engine.traffic.reset();
      if (round === 10) afterTenth = heapInUse();
    }
    const afterLast = heapInUse();
    await agent.stop();
    await engine.stop();
    expect(afterLast / afterTenth).to.be.lessThan(1.1);
  });

  it('shows 3,000 containers at once, each with its own series', async () => {
    const engine = await startSimulator({ containers: 3_000, allRunning: true });
    const agent = await startTestAgent(['--docker.host', engine.host]);
    const response = await agent.get('/metrics');
    const text = await response.text();
    await agent.stop();
    await engine.stop();
    const names = [...text.matchAll(/^container_cpu_usage_seconds_total\{container_name="([^"]*)"/gm)].map(
      ([, name]) => name,
    );
    expect(names).to.have.length(3_000);
    expect(names).to.have.members(engine.containers.all().map(({ name }) => name));
    expect(text).not.to.contain('otel');
    expect(text).to.contain('exporter_scrape_errors_total{collector="container"} 0\n');
  });
});
