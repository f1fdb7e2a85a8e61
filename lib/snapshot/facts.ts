import type { DiskType } from '../docker/client.ts';
import type { EngineCallTotals } from '../docker/call-totals.ts';
import { type Collector, type Problem, collectors } from '../docker/call-recorder.ts';
import type { ContainerLifecycle, LifecycleTotals } from '../inventory/lifecycle/lifecycle.ts';
import type { Engine } from '../docker/engine.ts';
import type { Health, InspectedFacts } from '../inventory/inspection.ts';

export { collectors };
export type { Collector, Health, Problem };

/** What an engine may or may not report; where it does not, a zero or a missing series says nothing. */
export const allCapabilities = [
  'cpu',
  'events',
  'fs_bytes',
  'fs_operations',
  'memory_cache',
  'memory_failcnt',
  'memory_swap',
  'network',
  'one_shot_stats',
  'pids',
] as const;
export type Capability = (typeof allCapabilities)[number];

/** Counters of one network interface since the container's start. */
export interface InterfaceFacts {
  readonly name: string;
  /** Unix seconds at which they began, where that is known to be later than the start; by the exporter's clock. */
  readonly countedSince?: number | undefined;
  readonly receiveBytes: number | undefined;
  readonly receivePackets: number | undefined;
  readonly receiveErrors: number | undefined;
  readonly receiveDropped: number | undefined;
  readonly transmitBytes: number | undefined;
  readonly transmitPackets: number | undefined;
  readonly transmitErrors: number | undefined;
  readonly transmitDropped: number | undefined;
}

/** Counters of one block device since the container's start. */
export interface DeviceFacts {
  /** `major:minor`. */
  readonly name: string;
  /** Unix seconds at which they began, where that is known to be later than the start; by the exporter's clock. */
  readonly countedSince?: number | undefined;
  readonly readBytes: number | undefined;
  readonly writeBytes: number | undefined;
  readonly reads: number | undefined;
  readonly writes: number | undefined;
}

/** What a running or paused container uses. Bytes and seconds; undefined where the engine is silent. */
export interface ResourceFacts {
  /** Unix seconds by the engine's clock at which it read them; undefined where unknown. */
  readonly readAt: number | undefined;
  readonly memoryUsage: number | undefined;
  readonly memoryLimit: number | undefined;
  readonly memoryCache: number | undefined;
  readonly memoryRss: number | undefined;
  readonly memorySwap: number;
  readonly memoryWorkingSet: number | undefined;
  readonly memoryFailcnt: number;
  readonly memoryMaxUsage: number | undefined;
  readonly memoryMapped: number | undefined;
  readonly memoryDirty: number | undefined;
  readonly memoryWriteback: number | undefined;
  readonly memoryActiveFile: number | undefined;
  readonly memoryInactiveFile: number | undefined;
  /** Pages that the kernel looked at, and took back, when memory was short; on cgroup v2 only. */
  readonly memoryPagesScanned: number | undefined;
  readonly memoryPagesReclaimed: number | undefined;
  readonly cpuUsage: number | undefined;
  /** The same of each CPU; undefined where the engine does not split it, as on cgroup v2. */
  readonly cpuUsageByCpu: readonly (number | undefined)[] | undefined;
  readonly cpuSystem: number | undefined;
  readonly cpuUser: number | undefined;
  /** Enforcement periods of the CPU limit that passed, throttled or not. */
  readonly cpuPeriods: number | undefined;
  readonly cpuThrottledPeriods: number | undefined;
  readonly cpuThrottledTime: number | undefined;
  readonly pids: number | undefined;
  /** Page faults of both kinds, as the kernel's `pgfault`. */
  readonly pageFaults: number | undefined;
  /** Those that had to read from disk. */
  readonly majorPageFaults: number | undefined;
  readonly interfaces: readonly InterfaceFacts[];
  readonly devices: readonly DeviceFacts[];
  /** The features seen in this answer. */
  readonly capabilities: readonly Capability[];
}

/** One container at the time of the snapshot. */
export interface ContainerFacts extends InspectedFacts {
  /** All 64 characters. */
  readonly id: string;
  readonly name: string;
  readonly composeService: string;
  readonly composeProject: string;
  /** The reference it was created from. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** running, paused, exited, created, restarting, dead, removing. */
  readonly state: string;
  readonly health: Health;
  /** `startedAt` by the exporter's clock, to compare with its own times. */
  readonly localStartedAt: number | undefined;
  /** What happened to it since it is known. */
  readonly lifecycle: ContainerLifecycle;
  /** Undefined unless it runs or is paused, and its stats arrived. */
  readonly resources: ResourceFacts | undefined;
  /** Bytes of its writable layer; undefined where that was not measured. */
  readonly writableLayer: number | undefined;
}

/** What /info tells of the engine and its host; each undefined where it does not. */
export interface EngineInfoFacts {
  /** The engine's own id, which outlives a restart. */
  readonly id: string | undefined;
  /** Such as `27.3.1`. */
  readonly version: string | undefined;
  readonly storageDriver: string | undefined;
  /** `1` or `2`. */
  readonly cgroupVersion: string | undefined;
  /** `cgroupfs` or `systemd`. */
  readonly cgroupDriver: string | undefined;
  readonly operatingSystem: string | undefined;
  readonly kernelVersion: string | undefined;
  readonly architecture: string | undefined;
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** The daemon's own counts; undefined where the endpoint failed or is forbidden. */
export interface SystemFacts {
  readonly containersRunning: number | undefined;
  readonly containersPaused: number | undefined;
  readonly containersStopped: number | undefined;
  readonly images: number | undefined;
  readonly volumes: number | undefined;
  readonly networks: number | undefined;
  /** The daemon's host name. */
  readonly hostName: string | undefined;
  /** Undefined where /info failed or is forbidden. */
  readonly engineInfo: EngineInfoFacts | undefined;
}

/** Bytes; undefined where the engine does not tell. */
export interface DiskSpace {
  readonly used: number | undefined;
  /** What a prune would free. */
  readonly reclaimable: number | undefined;
}

/** A volume whose size is known, or the anonymous ones of a driver and a project together. */
export interface VolumeFacts {
  readonly name: string;
  readonly driver: string;
  readonly composeProject: string;
  readonly bytes: number;
}

/** What takes up space on the engine's disk. */
export interface DiskUsageFacts {
  readonly space: ReadonlyMap<DiskType, DiskSpace>;
  readonly volumes: readonly VolumeFacts[];
  /** Bytes of containers' writable layers by the container's id. */
  readonly writableLayers: ReadonlyMap<string, number>;
}

/** The same, and when it was measured. */
export interface DiskFacts extends DiskUsageFacts {
  /** Unix milliseconds at which it was begun. */
  readonly collectedAt: number;
  /** How long it took. */
  readonly seconds: number;
}

/** Everything one scrape shows, taken once and never changed. */
export interface Snapshot {
  /** Unix milliseconds at which it was begun. */
  readonly takenAt: number;
  /** Whether the daemon could be reached. */
  readonly up: boolean;
  readonly engine: Engine;
  readonly containers: readonly ContainerFacts[];
  readonly system: SystemFacts;
  /** Undefined where it is not measured, or nothing was found. */
  readonly disk: DiskFacts | undefined;
  readonly capabilities: ReadonlySet<Capability>;
  /** Seconds that each enabled collector of the scrape took. */
  readonly durations: Readonly<Partial<Record<Collector, number>>>;
  /** Failed calls of each enabled collector over the life of the process. */
  readonly errors: Readonly<Partial<Record<Collector, number>>>;
  readonly problems: readonly Problem[];
  /** How many texts of each container that has such were cut at `metrics.max_label_length`. */
  readonly truncatedLabels: ReadonlyMap<string, number>;
  /** What happened on the engine over the life of the process, `recentEvents` for people to read among it. */
  readonly lifecycle: LifecycleTotals;
  /** What the calls to the engine came to over the life of the process. */
  readonly engineCalls: EngineCallTotals;
}
