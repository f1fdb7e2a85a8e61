/** Engines whose answers the simulator can give. Docker on cgroup v2 is the usual one today. */
export type EngineKind = 'docker-cgroup1' | 'docker-cgroup2' | 'podman';

/** What is fixed for one engine on one host. */
export interface Profile {
  readonly kind: EngineKind;
  readonly apiVersion: string;
  readonly minimumApiVersion: string;
  /** When the host started, Unix milliseconds. */
  readonly bootedAt: number;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body of `/version`. */
  readonly version: object;
  /** The host's part of `/info`. */
  readonly host: object;
}

export const HOST = { name: 'simulated-engine', processors: 16, memory: 67_135_954_944 } as const;

const KERNEL = '6.1.0-28-amd64';

/**
 * The engine of that kind. Docker is 27 (API 1.47, answers at once) or, when it ticks, 20.10 (API 1.41);
 * Podman is 4.3, whose compatible API says 1.41 and answers at once.
 */
export function engineProfile(kind: EngineKind, ticking: boolean, bootedAt: number): Profile {
  if (kind === 'podman') return { kind, bootedAt, ...podman() };
  const release = ticking
    ? { release: '20.10.24', api: '1.41', minimumApi: '1.12', commit: '5d6db84', go: 'go1.19.8' }
    : { release: '27.3.1', api: '1.47', minimumApi: '1.24', commit: '41ca978', go: 'go1.22.7' };
  return { kind, bootedAt, ...docker(kind, release) };
}

type Release = Omit<Profile, 'kind' | 'bootedAt'>;

interface DockerRelease {
  release: string;
  api: string;
  minimumApi: string;
  commit: string;
  go: string;
}

function docker(kind: EngineKind, { release, api, minimumApi, commit, go }: DockerRelease): Release {
  const build = { GitCommit: commit, GoVersion: go, Os: 'linux', Arch: 'amd64', KernelVersion: KERNEL };
  const second = kind === 'docker-cgroup2';
  return {
    apiVersion: api,
    minimumApiVersion: minimumApi,
    headers: {
      'Api-Version': api,
      'Docker-Experimental': 'false',
      Ostype: 'linux',
      Server: `Docker/${release} (linux)`,
    },
    version: {
      Platform: { Name: 'Docker Engine - Community' },
      Components: [
        { Name: 'Engine', Version: release, Details: { ...build, ApiVersion: api, MinAPIVersion: minimumApi } },
      ],
      Version: release,
      ApiVersion: api,
      MinAPIVersion: minimumApi,
      ...build,
    },
    host: {
      ...hostInformation('x86_64', 'Debian GNU/Linux 12 (bookworm)'),
      Driver: 'overlay2',
      CgroupDriver: second ? 'systemd' : 'cgroupfs',
      CgroupVersion: second ? '2' : '1',
      DockerRootDir: '/var/lib/docker',
      ServerVersion: release,
      LoggingDriver: 'json-file',
      DefaultRuntime: 'runc',
    },
  };
}

function podman(): Release {
  const api = '1.41';
  const release = '4.3.1';
  const build = { GitCommit: '', GoVersion: 'go1.19.8', Os: 'linux', Arch: 'amd64', KernelVersion: KERNEL };
  return {
    apiVersion: api,
    minimumApiVersion: '1.24',
    headers: {
      'Api-Version': api,
      'Docker-Experimental': 'true',
      'Libpod-Api-Version': release,
      Server: `Libpod/${release} (linux)`,
    },
    version: {
      Platform: { Name: 'linux/amd64/debian-12' },
      Components: [{ Name: 'Podman Engine', Version: release, Details: { ...build, APIVersion: release } }],
      Version: release,
      ApiVersion: api,
      MinAPIVersion: '1.24',
      ...build,
    },
    host: {
      ...hostInformation('amd64', 'debian'),
      Driver: 'overlay',
      CgroupDriver: 'cgroupfs',
      CgroupVersion: '1',
      DockerRootDir: '/var/lib/containers/storage',
      ServerVersion: release,
      LoggingDriver: '',
      DefaultRuntime: 'runc',
    },
  };
}

function hostInformation(architecture: string, operatingSystem: string) {
  return {
    ID: 'SIMU:LATE:DENG:INE0:0000:0000:0000:0000:0000:0000:0000:0000',
    Name: HOST.name,
    NCPU: HOST.processors,
    MemTotal: HOST.memory,
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsQuota: true,
    PidsLimit: true,
    KernelVersion: KERNEL,
    OperatingSystem: operatingSystem,
    OSType: 'linux',
    Architecture: architecture,
    Labels: [],
    ExperimentalBuild: false,
    LiveRestoreEnabled: false,
    SecurityOptions: ['name=seccomp,profile=default'],
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false },
    Warnings: null,
  };
}
