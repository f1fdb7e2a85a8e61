import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { enoughSeconds, scrapeWithMixedTimeouts } from '../support/mixed-scrapers.ts';

describe('ten scrapers with timeouts from 0.1 to 30 s', function () {
  this.timeout(120_000);
  let engine: Simulator;
  let agent: TestAgent;

  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  for (const [what, ticking, containers] of [
    ['that lets all calls wait together', true, 100],
    ['of which ten may be asked at once', false, 20],
  ] as const) {
    it(`get less only where their own time is too short, of an engine of 0.9 s a stats call ${what}`, async () => {
      engine = await startSimulator({ containers, allRunning: true, ticking, tickMilliseconds: 10 });
      agent = await startTestAgent(['--docker.host', engine.host]);
      await agent.metrics();
      engine.fault('stats', { delay: 900 });
      const reports = await scrapeWithMixedTimeouts(agent.metrics, containers, 20);
      for (const { timeoutSeconds, complete, partial } of reports) {
        if (timeoutSeconds < enoughSeconds) continue;
        expect({ partial, any: complete > 0 }, `${timeoutSeconds} s`).to.deep.equal({ partial: 0, any: true });
      }
    });
  }
});
