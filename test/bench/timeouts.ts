/**
 * Whether scrapers in a hurry cost the others anything: ten of them with timeouts from 0.1 to 30 s, against an engine of
 * 0.9 s a stats call and 100 containers.
 *
 *     npm run bench -- timeouts [--seconds 120]
 *
 * A line for each scraper. Exits with 1 where one with enough time got a partial answer.
 */
import { parseArgs } from 'node:util';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { enoughSeconds, scrapeWithMixedTimeouts } from '../support/mixed-scrapers.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' } } });
const containers = 100;

const engine = await startSimulator({ containers, allRunning: true, ticking: true, tickMilliseconds: 10 });
const agent = await startTestAgent(['--docker.host', engine.host]);
try {
  engine.fault('stats', { delay: 900 });
  for (const report of await scrapeWithMixedTimeouts(agent.metrics, containers, Number(values.seconds))) {
    const { timeoutSeconds, complete, partial, meanSeconds } = report;
    const isRight = timeoutSeconds < enoughSeconds || partial === 0;
    if (!isRight) process.exitCode = 1;
    process.stdout.write(
      `${isRight ? 'right' : 'WRONG'}: ${timeoutSeconds} s allowed, ${meanSeconds.toFixed(2)} s taken, ` +
        `${complete} complete, ${partial} partial\n`,
    );
  }
} finally {
  await agent.stop();
  await engine.stop();
}
