import { parseArgs } from 'node:util';
import { startAgent } from '../../lib/agent.ts';
import { buildInfo } from '../../lib/build-info.ts';
import { SettingsError, loadSettings } from '../../lib/config/settings.ts';
import { messageOf } from '../../lib/error-message.ts';
import { createLogger } from '../../lib/logging.ts';
import { startSimulator } from './simulator.ts';

const help = `npm run demo -- [--containers N] [--ticking] [-- SETTINGS]

  --containers N   how many containers the simulated engine has, 20 by default
  --ticking        answer stats once a second only, as Docker up to 24
  -- SETTINGS      flags of the agent, such as -- --server.port 9300
`;

/** The agent on a simulated engine, for those who have no Docker at hand. */
async function demo(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      containers: { type: 'string', default: '20' },
      ticking: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  const containers = Number(values.containers);
  if (values.help || !Number.isInteger(containers) || containers < 0) {
    process.stdout.write(help);
    if (!values.help) process.exitCode = 1;
    return;
  }
  const engine = await startSimulator({ containers, ticking: values.ticking });
  const loaded = loadSettings({ args: [...positionals, '--docker.host', engine.host], env: process.env });
  const logger = createLogger(loaded.settings.logging);
  const agent = await startAgent(loaded, buildInfo, logger);
  logger.info('demo', { metrics: `http://localhost:${agent.port}${loaded.settings.server.metrics_path}`, containers });
  const stop = async (): Promise<void> => {
    await agent.stop();
    await engine.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

try {
  await demo();
} catch (error) {
  // What parseArgs says of an unknown option goes on with advice on words that this command has not.
  const reason = messageOf(error).replace(/\. To specify a positional .*/s, '');
  process.stderr.write(`${error instanceof SettingsError ? reason : `${reason}\n\n${help}`.trimEnd()}\n`);
  process.exitCode = 1;
}
