import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to start a command over the connection with the system's ssh. */
export interface SshCommand {
  readonly args: readonly string[];
  readonly options: { readonly cwd: string; readonly detached: boolean; readonly env: NodeJS.ProcessEnv };
}

/** One login, shared by any number of commands. */
export interface SshConnection {
  /** Resolves once commands can start. Rejects with one line that says why there is no connection. */
  readonly ready: Promise<void>;
  /** False once it broke or was closed. */
  isAlive(): boolean;
  command(text: string): SshCommand;
  /** Ends the connection, and the commands with it. */
  close(): void;
}

/** Less than a scrape may take by default, so that the reason still reaches its log line. */
const connectTimeoutMs = 8_000;

/** Where commands find the connection. Relative to a folder, since a socket's path may hold 107 bytes only. */
const controlSocket = 'control';

/** What must hold whatever ~/.ssh/config says; the rest is left to it. A host silent for 10 s counts as gone. */
const fixedOptions = [
  'BatchMode=yes',
  'ConnectTimeout=5',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=2',
  'LogLevel=ERROR',
  `ControlPath=${controlSocket}`,
  'ControlPersist=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
].flatMap((option) => ['-o', option]);

/**
 * Runs ssh beside a `cat` that ends with this process, even with one that is killed; then ssh ends too, and the folder
 * of its socket is removed. Only ssh holds stderr, so the end of stderr is the end of the connection.
 */
const supervisor = `
if command -v ssh >/dev/null; then ssh "$@" </dev/null &
else echo 'there is no ssh program in PATH: install the OpenSSH client' >&2
fi
exec 2>/dev/null
cat
kill $!
wait
rm -f ${controlSocket}*
rmdir "$PWD"
`;

/**
 * Connects and logs in with the system's ssh, as ~/.ssh/config has it. Fails where ssh would have a question.
 * `url` is `ssh://[user@]host[:port]`.
 */
export function openSshConnection(url: URL): SshConnection {
  const destination = [
    ...(url.username === '' ? [] : ['-l', decodeURIComponent(url.username)]),
    ...(url.port === '' ? [] : ['-p', url.port]),
    '--',
    decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
  ];
  const options = {
    cwd: mkdtempSync(join(tmpdir(), 'docker-ssh-')),
    // Without a terminal, nothing can ask: ProxyJump's own ssh does not know of BatchMode.
    detached: true,
    env: { ...process.env, SSH_ASKPASS_REQUIRE: 'never' },
  };
  const sharing = (controlMaster: string): string[] => ['-T', ...fixedOptions, '-o', `ControlMaster=${controlMaster}`];

  const master = spawn('sh', ['-c', supervisor, 'ssh', '-N', ...sharing('yes'), ...destination], {
    ...options,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const reason = collectReason(master.stderr);
  let isAlive = true;
  const close = (): void => {
    isAlive = false;
    master.stdin.end();
  };
  let startError = '';
  master.on('error', ({ message }) => {
    startError = message;
    rmSync(options.cwd, { recursive: true, force: true });
    close();
  });
  master.stdin.on('error', close);
  master.stderr.on('close', close);

  const isShared = (): boolean => existsSync(join(options.cwd, controlSocket));
  let isReady = false;
  const connect = async (): Promise<void> => {
    const deadline = performance.now() + connectTimeoutMs;
    while (!isShared()) {
      if (!isAlive) throw new Error(`ssh ${url.host}: ${startError || explain(reason())}`);
      if (performance.now() > deadline) {
        close();
        throw new Error(`ssh ${url.host}: no connection within ${connectTimeoutMs / 1000} s`);
      }
      await sleep(20);
    }
    isReady = true;
  };
  const ready = connect();
  // Each command that waits for it gets the error; there may be none.
  ready.catch(() => undefined);

  return {
    ready,
    isAlive: () => isAlive && (!isReady || isShared()),
    command: (text) => ({ args: [...sharing('no'), ...destination, text], options }),
    close,
  };
}

function explain(reason: string): string {
  if (reason === '') return 'the connection was closed';
  // All that ssh says where it would have asked about a new host.
  return reason.replace(/^Host key verification failed$/, '$&: it is not in known_hosts');
}

/**
 * What a program says on stderr, in one line: its first line names the cause where several follow, such as those of a
 * host on the way, its last one the outcome.
 */
export function collectReason(stderr: Readable): () => string {
  let text = '';
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(0, 5_000);
  });
  return () => {
    const lines = text.split(/[\r\n]+/).map((line) => line.replaceAll(/^(ssh:|[@\s])+|[@\s.]+$/g, ''));
    const spoken = lines.filter((line) => line !== '');
    return [...new Set([spoken.at(0), spoken.at(-1)])].join('; ').slice(0, 300);
  };
}
