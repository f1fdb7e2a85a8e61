import { hasProcesses, timestamp } from './container.ts';
import type { SimulatedContainer } from './container.ts';
import { attachments, imageId } from './identity.ts';
import type { EngineKind } from './profile.ts';

/** The text of an object's fields without its braces, to be put together with others. */
function fields(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

// What is the same for every container is most of the text: it is written once.

const COMMON = fields({
  Driver: 'overlay2',
  Platform: 'linux',
  MountLabel: '',
  ProcessLabel: '',
  AppArmorProfile: 'docker-default',
  ExecIDs: null,
  Mounts: [],
});

const COMMON_HOST_CONFIGURATION = fields({
  Binds: null,
  ContainerIDFile: '',
  LogConfig: { Type: 'json-file', Config: {} },
  PortBindings: {},
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: 'private',
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  ExtraHosts: null,
  IpcMode: 'private',
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  ShmSize: 67_108_864,
  Runtime: 'runc',
  CpuShares: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  CpuPeriod: 0,
  CpuQuota: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: [],
  MemoryReservation: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: [],
  MaskedPaths: ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
  ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
});

const COMMON_CONFIGURATION = fields({
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
});

/** The body of `/containers/{id}/json`, with all that clients read and the bulk of what they do not. */
export function inspection(kind: EngineKind, container: SimulatedContainer): string {
  const { id } = container;
  const [path, ...args] = container.command.split(' ');
  const folder = `/var/lib/docker/containers/${id}`;
  const own = fields({
    Id: id,
    Created: timestamp(container.createdAt),
    Path: path,
    Args: args,
    State: state(kind, container),
    Image: imageId(container.image),
    ResolvConfPath: `${folder}/resolv.conf`,
    HostnamePath: `${folder}/hostname`,
    HostsPath: `${folder}/hosts`,
    LogPath: `${folder}/${id}-json.log`,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    GraphDriver: graphDriver(id),
    NetworkSettings: { Bridge: '', SandboxID: id, Ports: {}, Networks: attachments(container) },
  });
  return (
    `{${own},${COMMON},"HostConfig":{${fields(hostConfiguration(container))},${COMMON_HOST_CONFIGURATION}},` +
    `"Config":{${fields(configuration(container))},${COMMON_CONFIGURATION}}}`
  );
}

function state(kind: EngineKind, container: SimulatedContainer) {
  const { status } = container;
  return {
    Status: status,
    // A restarting container still counts as running, as in the engine.
    Running: hasProcesses(container) || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: container.outOfMemory,
    Dead: status === 'dead',
    Pid: hasProcesses(container) ? container.processId : 0,
    ExitCode: container.exitCode,
    Error: '',
    StartedAt: timestamp(container.startedAt),
    FinishedAt: timestamp(container.finishedAt),
    Health: health(kind, container),
  };
}

/** Docker leaves `Health` out where there is no health check; Podman shows an empty one. */
function health(kind: EngineKind, container: SimulatedContainer) {
  if (container.health === undefined) {
    return kind === 'podman' ? { Status: '', FailingStreak: 0, Log: null } : undefined;
  }
  const failing = container.health !== 'healthy';
  const time = timestamp(container.startedAt);
  const probe = { Start: time, End: time, ExitCode: failing ? 1 : 0, Output: '' };
  return { Status: container.health, FailingStreak: failing ? 3 : 0, Log: [probe, probe, probe] };
}

function graphDriver(id: string) {
  const layer = `/var/lib/docker/overlay2/${id}`;
  return {
    Data: {
      LowerDir: `${layer}-init/diff:${layer}/lower`,
      MergedDir: `${layer}/merged`,
      UpperDir: `${layer}/diff`,
      WorkDir: `${layer}/work`,
    },
    Name: 'overlay2',
  };
}

function hostConfiguration(container: SimulatedContainer) {
  return {
    NetworkMode: container.networkMode,
    RestartPolicy: { Name: container.restartPolicy, MaximumRetryCount: 0 },
    Memory: container.memoryLimit,
    MemorySwap: 2 * container.memoryLimit,
    NanoCpus: container.cpuLimit * 1e9,
  };
}

function configuration(container: SimulatedContainer) {
  return {
    Hostname: container.id.slice(0, 12),
    Cmd: container.command.split(' '),
    Healthcheck: container.health === undefined ? undefined : { Test: ['CMD-SHELL', 'true'], Interval: 5e9 },
    Image: container.image,
    Labels: container.labels,
  };
}
