import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended. Never rejects. */
  readonly exited: Promise<Exit>;
  readonly isRunning: () => boolean;
  /** All that was written to the stream so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends the signal, and SIGKILL when the process has not ended after `patience` milliseconds. */
  readonly stop: (signal?: NodeJS.Signals, patience?: number) => Promise<Exit>;
}

export interface ProcessOptions {
  /** The whole environment; that of this process when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a process that ends with this one at the latest. Rejects when the command can't be started. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));

  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code: code ?? undefined, signal: signal ?? undefined });
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  children.add(child);

  return {
    pid,
    exited,
    isRunning: () => children.has(child),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    stop: async (signal = 'SIGTERM', patience = 15_000) => {
      child.kill(signal);
      const waiting = new AbortController();
      const impatience = sleep(patience, undefined, { signal: waiting.signal }).then(
        () => child.kill('SIGKILL'),
        () => false,
      );
      const exit = await exited;
      waiting.abort();
      await impatience;
      return exit;
    },
  };
}

const execute = promisify(execFile);

/** Runs a command to its end, `input` as its stdin, and returns its stdout. Rejects with its stderr when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', ...options }: ProcessOptions & { readonly input?: string } = {},
): Promise<string> {
  const execution = execute(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 });
  // A command that reads nothing may have ended by now.
  execution.child.stdin?.on('error', () => undefined).end(input);
  return (await execution).stdout;
}
