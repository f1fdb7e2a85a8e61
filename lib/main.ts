#!/usr/bin/env node
import { type Agent, connectEngine, startAgent, stopBudgetsMs } from './agent.ts';
import { buildInfo } from './build-info.ts';
import { helpText, readCommandLine } from './config/command-line.ts';
import { type LoadedSettings, SettingsError, loadSettings } from './config/settings.ts';
import { messageOf } from './error-message.ts';
import { type Logger, createLogger } from './logging.ts';
import { metricLabels } from './metrics/catalogue.ts';
import { createErrorLog } from './unexpected-errors.ts';

/** EX_TEMPFAIL of sysexits.h: worth another try later. What exits with 1 needs a change first. */
const temporaryFailure = 75;

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
  return command === 'doctor' ? runDoctor(loaded) : runAgent(loaded, args);
}

/** Settings, or undefined after every problem was written to stderr. */
function load(args: readonly string[]): LoadedSettings | undefined {
  try {
    return loadSettings({ args, env: process.env, metricLabels });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.problems.join('\n')}\n`);
    return undefined;
  }
}

/** Loaded on demand, since the agent itself never needs it. */
async function runDoctor(loaded: LoadedSettings): Promise<number> {
  const [{ diagnose }, { renderFindings }] = await Promise.all([
    import('./doctor/doctor.ts'),
    import('./doctor/finding.ts'),
  ]);
  const { findings, exitCode } = await diagnose(loaded, connectEngine);
  process.stdout.write(renderFindings(findings));
  return exitCode;
}

async function runAgent(loaded: LoadedSettings, args: readonly string[]): Promise<number | undefined> {
  const logger = createLogger(loaded.settings.logging);
  for (const note of loaded.notes) logger.info(note);
  for (const warning of loaded.warnings) logger.warn(warning);
  logUncaughtErrors(logger);
  const starting = startAgent(loaded, buildInfo, logger, () => loadSettings({ args, env: process.env, metricLabels }));
  stopOnSignals(starting, logger);

  process.on('SIGHUP', () => void starting.then((agent) => agent.reload()).catch(() => {}));
  try {
    await starting;
    return undefined;
  } catch (error) {
    logger.error('failed to start', { error: messageOf(error) });
    return isTemporary(error) ? temporaryFailure : 1;
  }
}

/** Whether the address to listen on is in use, or is none of the machine's yet. */
function isTemporary(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EADDRINUSE', 'EADDRNOTAVAIL'].includes(String(error.code));
}

/** And runs on: every scrape starts from nothing, so what went wrong in one is over with the next. */
function logUncaughtErrors(logger: Logger): void {
  const log = createErrorLog(logger, Date.now);
  process.on('uncaughtException', log);
  process.on('unhandledRejection', log);
  // The reader of the log has gone; that is no reason to stop serving metrics.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** A signal while the agent starts must end it as well. */
function stopOnSignals(starting: Promise<Agent>, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // A second signal means now.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('stopping', { signal });
    setTimeout(() => process.exit(1), stopBudgetsMs.process).unref();
    const agent = await starting;
    await agent.stop();
    logger.info('stopped');
    logger.once('finish', () => process.exit(0)).end();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

// Node.js would open its inspector, which runs any code that a local client sends. Where the command is ours, it has
// --disable-sigusr1 as well: that holds from the first instruction on.
process.on('SIGUSR1', () => {});

process.exitCode = await main(process.argv.slice(2));
