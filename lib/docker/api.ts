/**
 * The fields of Engine API answers that are read, nothing else. Every one is optional: engines, versions and
 * proxies leave fields out, and whatever is absent must stay absent instead of turning into a zero.
 * Source: Docker Engine API v1.41 to v1.47, and recorded answers of Docker 20.10 and Podman 4.3.
 */

/** One element of `GET /containers/json`. */
export interface ContainerSummary {
  Id?: string;
  Names?: readonly string[] | null;
  Image?: string;
  State?: string;
  /** Words for people, such as `Up 3 hours (healthy)`. */
  Status?: string;
  Labels?: Readonly<Record<string, unknown>> | null;
}

/** `GET /containers/{id}/json`. */
export interface ContainerInspection {
  Id?: string;
  /** With a leading slash. */
  Name?: string;
  /** The image's id. */
  Image?: string;
  RestartCount?: number;
  /** RFC 3339 with up to nine fractional digits. */
  Created?: string;
  Config?: { Image?: string; Labels?: Readonly<Record<string, unknown>> | null } | null;
  HostConfig?: {
    NetworkMode?: string;
    /** A cgroup, or a slice of systemd; empty for the daemon's own. */
    CgroupParent?: string;
    /** Bytes, microseconds, counts; 0, and -1 where it means the same, for none. */
    Memory?: number;
    MemoryReservation?: number;
    MemorySwap?: number;
    NanoCpus?: number;
    CpuQuota?: number;
    CpuPeriod?: number;
    CpuShares?: number;
    PidsLimit?: number | null;
  } | null;
  State?: {
    Status?: string;
    ExitCode?: number;
    OOMKilled?: boolean;
    /** RFC 3339 with up to nine fractional digits; `0001-01-01T00:00:00Z` when never started. */
    StartedAt?: string;
    FinishedAt?: string;
    Health?: { Status?: string; FailingStreak?: number } | null;
  } | null;
}

/** One row of `blkio_stats`. */
export interface BlockIoEntry {
  major?: number;
  minor?: number;
  /** `Read`, `Write`, `Sync`, … on cgroup v1; `read`, `write` on cgroup v2. */
  op?: string;
  value?: number;
}

/** One interface of `networks`. */
export interface InterfaceStats {
  rx_bytes?: number;
  rx_packets?: number;
  rx_errors?: number;
  rx_dropped?: number;
  tx_bytes?: number;
  tx_packets?: number;
  tx_errors?: number;
  tx_dropped?: number;
}

/** `GET /containers/{id}/stats?stream=false&one-shot=true`. */
export interface ContainerStats {
  /** `0001-01-01T00:00:00Z` when the container does not run. */
  read?: string;
  pids_stats?: { current?: number } | null;
  blkio_stats?: {
    io_service_bytes_recursive?: readonly BlockIoEntry[] | null;
    io_serviced_recursive?: readonly BlockIoEntry[] | null;
  } | null;
  cpu_stats?: {
    /** Nanoseconds; units of 100 ns on Windows. */
    cpu_usage?: {
      total_usage?: number;
      usage_in_kernelmode?: number;
      usage_in_usermode?: number;
      /** cgroup v1 only. */
      percpu_usage?: readonly number[] | null;
    } | null;
    /** `throttled_time` in nanoseconds. */
    throttling_data?: { periods?: number; throttled_periods?: number; throttled_time?: number } | null;
  } | null;
  memory_stats?: {
    usage?: number;
    /** cgroup v1 only. */
    max_usage?: number;
    limit?: number;
    failcnt?: number;
    /** Windows only, which has none of the others. */
    commitbytes?: number;
    commitpeakbytes?: number;
    privateworkingset?: number;
    /** The kernel's memory.stat: other keys on cgroup v1 than on cgroup v2, missing on Podman. */
    stats?: Readonly<Record<string, number>> | null;
  } | null;
  networks?: Readonly<Record<string, InterfaceStats>> | null;
  /** Processors; 0 but on Windows. */
  num_procs?: number;
  /** Windows only; empty elsewhere. */
  storage_stats?: { read_size_bytes?: number; write_size_bytes?: number } | null;
}

/** `GET /info`. */
export interface EngineInfo {
  ID?: string;
  Name?: string;
  Containers?: number;
  ContainersRunning?: number;
  ContainersPaused?: number;
  ContainersStopped?: number;
  Images?: number;
  /** The engine's clock, RFC 3339 with nanoseconds. */
  SystemTime?: string;
  /** The engine's release, such as `27.3.1`. */
  ServerVersion?: string;
  /** `1` or `2`. */
  CgroupVersion?: string;
  CgroupDriver?: string;
  /** The storage driver. */
  Driver?: string;
  OperatingSystem?: string;
  KernelVersion?: string;
  Architecture?: string;
  NCPU?: number;
  /** Bytes. */
  MemTotal?: number;
  /** Whether the kernel accounts memory for cgroups. */
  MemoryLimit?: boolean;
}

/** `UsageData` is null where the driver does not tell, `Size` is -1 where the engine could not measure. */
export interface DiskVolume {
  Name?: string;
  Driver?: string;
  Labels?: Readonly<Record<string, unknown>> | null;
  UsageData?: { Size?: number; RefCount?: number } | null;
}

/** The sums of one kind of thing since API 1.52; a field that is 0 is left out. */
export interface DiskSums {
  TotalSize?: number;
  Reclaimable?: number;
  Items?: readonly unknown[] | null;
}

/** `GET /system/df`: lists up to API 1.51, and from 1.52 on sums. Bytes. */
export interface DiskUsage {
  LayersSize?: number;
  Images?: readonly unknown[] | null;
  Containers?: readonly unknown[] | null;
  Volumes?: readonly unknown[] | null;
  BuildCache?: readonly unknown[] | null;
  ImageUsage?: DiskSums | null;
  ContainerUsage?: DiskSums | null;
  VolumeUsage?: DiskSums | null;
  BuildCacheUsage?: DiskSums | null;
}
