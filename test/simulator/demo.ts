import { parseArgs } from 'node:util';
import { startAgent } from '../../lib/agent.ts';
import { buildInfo } from '../../lib/build-info.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { messageOf } from '../../lib/error-message.ts';
import { createLogger } from '../../lib/logging.ts';
import { startSimulator } from './simulator.ts';

const help = `npm run demo -- [--containers N] [--ticking] [-- SETTINGS]

  --containers N   how many containers the simulated engine has, 20 by default
  --ticking        answer stats once a second only, as Docker up to 24
  -- SETTINGS      flags of the exporter, such as -- --server.port 9300
`;

/** The exporter on a simulated engine, for those who have no Docker at hand. */
async function demo(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { containers: { type: 'string', default: '20' }, ticking: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  if (!/^\d+$/.test(values.containers)) throw new Error(`--containers ${values.containers}: not a number`);
  const engine = await startSimulator({ ...values, containers: Number(values.containers) });
  const loaded = loadSettings({ args: [...positionals, '--docker.host', engine.host], env: process.env });
  const agent = await startAgent(loaded, buildInfo, createLogger(loaded.settings.logging));
  process.stdout.write(`http://localhost:${agent.port}/\n`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void agent.stop().then(() => process.exit()));
}

try {
  await demo();
} catch (error) {
  // What parseArgs goes on to say is advice on words that this command does not have.
  process.stderr.write(`${messageOf(error).replace(/\. To specify a positional .*/s, '')}\n\n${help}`);
  process.exit(1);
}
