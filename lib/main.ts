#!/usr/bin/env node
import { messageOf } from './error-message.ts';
import { type Agent, startAgent } from './agent.ts';
import { buildInfo } from './build-info.ts';
import { readCommandLine } from './config/command-line.ts';
import { helpText } from './config/help.ts';
import { type LoadedSettings, SettingsError, loadSettings } from './config/settings.ts';
import { type Logger, createLogger } from './logging.ts';

/** Milliseconds after which a stop that hangs is cut short. */
const stopDeadline = 9_500;

/** Runs a command line; the promise resolves with the exit code, or with undefined when the agent runs on. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const { command } = readCommandLine(args);
  if (command === 'help') {
    process.stdout.write(helpText());
    return 0;
  }
  if (command === 'version') {
    const { version, commit, buildDate, nodeVersion } = buildInfo;
    process.stdout.write(
      `docker-stats-exporter ${version} (commit ${commit}, built ${buildDate}, Node.js ${nodeVersion})\n`,
    );
    return 0;
  }
  const loaded = load(args);
  if (loaded === undefined) return 1;
  if (command === 'check-config') {
    for (const warning of loaded.warnings) process.stderr.write(`${warning}\n`);
    process.stdout.write('settings are valid\n');
    return 0;
  }
  return command === 'doctor' ? examine(loaded) : run(loaded, args);
}

/** Settings, or undefined after every problem was written to stderr. */
function load(args: readonly string[]): LoadedSettings | undefined {
  try {
    return loadSettings({ args, env: process.env });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.problems.join('\n')}\n`);
    return undefined;
  }
}

/** Loaded on demand, since the agent itself never needs it. */
async function examine(loaded: LoadedSettings): Promise<number> {
  const [{ diagnose }, { renderFindings }] = await Promise.all([
    import('./doctor/doctor.ts'),
    import('./doctor/finding.ts'),
  ]);
  const { findings, exitCode } = await diagnose(loaded);
  process.stdout.write(renderFindings(findings));
  return exitCode;
}

async function run(loaded: LoadedSettings, args: readonly string[]): Promise<number | undefined> {
  const logger = createLogger(loaded.settings.logging);
  for (const warning of loaded.warnings) logger.warn(warning);
  survive(logger);
  const starting = startAgent(loaded, buildInfo, logger, () => loadSettings({ args, env: process.env }));
  stopOnSignals(starting, logger);

  process.on('SIGHUP', () => void starting.then((agent) => agent.reload()).catch(() => {}));
  try {
    await starting;
    return undefined;
  } catch (error) {
    logger.error('can not start', { error: messageOf(error) });
    return 1;
  }
}

/** Every scrape starts from nothing, so whatever went wrong in one is over with the next. */
function survive(logger: Logger): void {
  const note = (error: unknown): void => {
    logger.error('unexpected error', { error: error instanceof Error ? error.stack : String(error) });
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  // Whoever read the log has gone; that is no reason to stop serving metrics.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** From the first moment on: a signal while it starts must end it as well. */
function stopOnSignals(starting: Promise<Agent>, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // Asked a second time, somebody is in a hurry.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('stopping', { signal });
    setTimeout(() => process.exit(1), stopDeadline).unref();
    const agent = await starting;
    await agent.stop();
    logger.info('stopped');
    logger.once('finish', () => process.exit(0)).end();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

process.exitCode = await main(process.argv.slice(2));
