import { existsSync } from 'node:fs';
import { buildCached, cachedPath } from './cache.ts';
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
  return existsSync(docker29Folder()) ? undefined : 'Docker 29 was not built: npm run tools builds it';
}

/** Builds Docker 29, unless that was done. Takes minutes, and needs Go, gcc, pkg-config and libseccomp's headers. */
export function buildDocker29(): Promise<void> {
  return buildCached(docker29Folder(), async (scratch) => {
    const install = (cgo: '0' | '1', ...args: readonly string[]): Promise<string> =>
      run('go', ['install', ...args], { env: { ...process.env, CGO_ENABLED: cgo, GOBIN: scratch } });
    const version = `-X ${moby}/dockerversion.Version=29.0.0-${mobyVersion}`;
    await install('0', '-ldflags', `-s -w ${version}`, `${moby}/cmd/dockerd@${mobyVersion}`);
    await install('1', '-tags', 'seccomp', `${runc}@${runcVersion}`);
    return scratch;
  });
}
