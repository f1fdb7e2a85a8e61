/**
 * A scrape over ssh beside one over the engine's unix socket, in turns, on one simulated engine. Medians.
 *
 *     npm run bench -- ssh [--containers 100] [--runs 25]
 *
 * The agent is the bundle of the image, run with its flags; sshd is a real one on this machine, so what a network adds
 * is not in it. Needs ssh and sshd.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSshServer } from '../docker/ssh-server.ts';
import { type AgentChild, scrapeRunning, startAgentChild, startChild } from './children.ts';
import { usageOf } from './measured-process.ts';
import { productionEntry } from './production.ts';
import { median, spread } from './statistics.ts';

const { values } = parseArgs({
  options: { containers: { type: 'string', default: '100' }, runs: { type: 'string', default: '25' } },
});
const containers = Number(values.containers);
const runs = Number(values.runs);

const folder = await mkdtemp(join(tmpdir(), 'bench-ssh-'));
const server = await startSshServer();
process.env['PATH'] = server.path;
const { socketPath } = server;
const engine = await startChild('engine-process.ts', { containers, ticking: false, sampling: 0, socketPath });
try {
  const entry = await productionEntry(folder);
  const start = async (way: string, host: string) => {
    const agent = await startAgentChild(entry, ['--docker.host', host, '--logging.level', 'error']);
    return { way, agent, walls: [] as number[] };
  };
  const ways = [await start('unix socket', `unix://${socketPath}`), await start('ssh', server.url)];
  for (const { agent } of ways) for (let run = 0; run < 10; run += 1) await timedScrape(agent);
  const before = ways.map(({ agent }) => usageOf(agent.pid).cpu);
  for (let run = 0; run < runs; run += 1) for (const { agent, walls } of ways) walls.push(await timedScrape(agent));
  for (const [index, { way, agent, walls }] of ways.entries()) {
    const cpu = (usageOf(agent.pid).cpu - (before[index] ?? 0)) / runs;
    process.stdout.write(
      `${way}: ${median(walls).toFixed(1)} ms (quartiles ${spread(walls).toFixed(1)} apart), ${cpu.toFixed(1)} ms of the agent's CPU\n`,
    );
    await agent.end();
  }
} finally {
  await engine.end();
  await server.remove();
  await rm(folder, { recursive: true });
}

/** Milliseconds. */
async function timedScrape(agent: AgentChild): Promise<number> {
  const begun = performance.now();
  await scrapeRunning(agent, containers);
  return performance.now() - begun;
}
