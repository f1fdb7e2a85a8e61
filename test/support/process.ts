import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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
  /** Sends the signal, and SIGKILL to it and all it started when it has not ended after `patience` milliseconds. */
  readonly stop: (signal?: NodeJS.Signals, patience?: number) => Promise<Exit>;
}

export interface ProcessOptions {
  /** The whole environment; that of this process when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const groups = new Set<number>();

process.on('exit', () => {
  for (const group of groups) killGroup(group);
});

/**
 * Starts a process, which leads a group of its own and ends with this process at the latest.
 * Rejects when the command can't be started.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));

  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  groups.add(pid);
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      groups.delete(pid);
      resolve({ code: code ?? undefined, signal: signal ?? undefined });
    });
  });

  return {
    pid,
    exited,
    isRunning: () => groups.has(pid),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    stop: async (signal = 'SIGTERM', patience = 15_000) => {
      child.kill(signal);
      const impatience = setTimeout(() => killGroup(pid), patience);
      const exit = await exited;
      clearTimeout(impatience);
      return exit;
    },
  };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
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

/** Those of the commands that are in no folder of PATH. */
export function missingCommands(commands: readonly string[]): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return commands.filter((command) => !folders.some((folder) => existsSync(join(folder, command))));
}
