import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../lib/error-message.ts';
import { cachedPath } from './cache.ts';
import { run } from './process.ts';

/** The newest versions in the Go proxy. The daemon's is Docker 29's; it needs a newer runc than Debian's. */
const mobyVersion = 'v2.0.0-beta.24';
const runcVersion = 'v1.3.4';

const moby = 'github.com/moby/moby/v2';
const runc = 'github.com/opencontainers/runc';

/** The folder of the binaries `dockerd` and `runc` of Docker 29, whether or not they were built yet. */
export function docker29Folder(): string {
  return cachedPath(`docker-29-${mobyVersion}-runc-${runcVersion}`);
}

/** Why Docker 29 can't be started here, or undefined when it was built. */
export function whyNoDocker29(): string | undefined {
  return existsSync(docker29Folder()) ? undefined : 'Docker 29 was not built: npm run docker29 builds it';
}

/** The system packages that the build needs and this machine lacks, under Debian's names. */
function missingPackages(): string[] {
  const needed = [
    ['golang-go', 'go', 'version'],
    ['gcc', 'gcc', '--version'],
    ['pkg-config', 'pkg-config', '--version'],
    ['libseccomp-dev', 'pkg-config', '--exists', 'libseccomp'],
  ] as const;
  return needed
    .filter(([, command, ...args]) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0)
    .map(([name]) => name);
}

/** Builds Docker 29, unless that was done. Takes minutes, and needs Go, gcc, pkg-config and libseccomp's headers. */
async function buildDocker29(): Promise<void> {
  const folder = docker29Folder();
  if (existsSync(folder)) return;
  const missing = missingPackages();
  if (missing.length > 0) throw new Error(`Docker 29 can't be built: sudo apt-get install ${missing.join(' ')}`);
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(`${folder}.`);
  try {
    const install = (cgo: '0' | '1', ...args: readonly string[]): Promise<string> =>
      run('go', ['install', ...args], { env: { ...process.env, CGO_ENABLED: cgo, GOBIN: scratch } });
    const version = `-X ${moby}/dockerversion.Version=29.0.0-${mobyVersion}`;
    await install('0', '-ldflags', `-s -w ${version}`, `${moby}/cmd/dockerd@${mobyVersion}`);
    await install('1', '-tags', 'seccomp', `${runc}@${runcVersion}`);
    await rename(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    await buildDocker29();
    process.stdout.write(`${docker29Folder()}\n`);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
