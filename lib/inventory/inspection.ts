import type { ContainerInspection } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import { finiteNumber, isObject, nonEmptyString, unsignedNumber } from '../docker/json-values.ts';
import { type KeepLabel, type Labels, labelsIn } from './labels.ts';

export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';

/** What a container may use at most, from its HostConfig; undefined where nothing is set. */
export interface LimitFacts {
  /** Bytes. */
  readonly memory: number | undefined;
  readonly memoryReservation: number | undefined;
  /** Bytes of memory and swap together. */
  readonly memorySwap: number | undefined;
  /** Billionths of a processor. */
  readonly nanoCpus: number | undefined;
  /** Microseconds of CPU time a period. */
  readonly cpuQuota: number | undefined;
  /** Microseconds. */
  readonly cpuPeriod: number | undefined;
  readonly cpuShares: number | undefined;
  readonly pids: number | undefined;
}

/** What only inspect says of a container. */
export interface InspectedFacts {
  /** `sha256:…`; undefined where unknown. */
  readonly imageId: string | undefined;
  /** `bridge`, `host`, `none`, `container:ID`, or a network's name. */
  readonly networkMode: string | undefined;
  /** The cgroup or slice that it was given; undefined for the engine's own. */
  readonly cgroupParent: string | undefined;
  /** Failed health checks in a row; undefined without a health check. */
  readonly healthFailingStreak: number | undefined;
  /** Unix seconds with the engine's fraction; undefined where unknown. */
  readonly createdAt: number | undefined;
  /** Unix seconds with the engine's fraction; undefined when never started or unknown. */
  readonly startedAt: number | undefined;
  /** Unix seconds of the end of its last run; undefined when none ended or unknown. */
  readonly finishedAt: number | undefined;
  readonly restartCount: number | undefined;
  readonly exitCode: number | undefined;
  /** Whether the kernel ended its last run to free memory; undefined where unknown. */
  readonly oomKilled: boolean | undefined;
  /** Undefined where unknown. */
  readonly limits: LimitFacts | undefined;
}

/** All that inspect says of a container. */
export interface Inspection extends InspectedFacts {
  /** Without its leading slash. */
  readonly name: string | undefined;
  readonly labels: Labels | undefined;
  readonly state: string | undefined;
  readonly health: Health;
  /** The reference it was created from. */
  readonly image: string | undefined;
}

/** Reads an inspect answer; throws an EngineError when it is none. */
export function parseInspection(answer: unknown, keepLabel: KeepLabel): Inspection {
  const inspection: ContainerInspection = isObject(answer) ? answer : {};
  const state = inspection.State;
  if (!isObject(state)) {
    throw new EngineError('malformed', 'inspect: unexpected response shape');
  }
  return {
    name: nameOf(inspection.Name),
    labels: isObject(inspection.Config?.Labels) ? labelsIn(inspection.Config.Labels, keepLabel) : undefined,
    state: nonEmptyString(state.Status)?.toLowerCase(),
    health: health(state.Health?.Status),
    healthFailingStreak:
      health(state.Health?.Status) === 'none' ? undefined : unsignedNumber(state.Health?.FailingStreak),
    createdAt: unixSeconds(inspection.Created),
    startedAt: unixSeconds(state.StartedAt),
    finishedAt: unixSeconds(state.FinishedAt),
    restartCount: finiteNumber(inspection.RestartCount),
    exitCode: finiteNumber(state.ExitCode),
    oomKilled: typeof state.OOMKilled === 'boolean' ? state.OOMKilled : undefined,
    imageId: nonEmptyString(inspection.Image),
    cgroupParent: nonEmptyString(inspection.HostConfig?.CgroupParent),
    networkMode: nonEmptyString(inspection.HostConfig?.NetworkMode),
    image: nonEmptyString(inspection.Config?.Image),
    limits: limits(inspection.HostConfig),
  };
}

/** A name without its leading slash; undefined where there is none. */
export function nameOf(name: unknown): string | undefined {
  return nonEmptyString(nonEmptyString(name)?.replace(/^\//, ''));
}

/** The engine writes 0 or, in places, -1 for none. */
function limits(hostConfig: ContainerInspection['HostConfig']): LimitFacts | undefined {
  if (!isObject(hostConfig)) return undefined;
  const set = (value: unknown): number | undefined => unsignedNumber(value) || undefined;
  return {
    memory: set(hostConfig.Memory),
    memoryReservation: set(hostConfig.MemoryReservation),
    memorySwap: set(hostConfig.MemorySwap),
    nanoCpus: set(hostConfig.NanoCpus),
    cpuQuota: set(hostConfig.CpuQuota),
    cpuPeriod: set(hostConfig.CpuPeriod),
    cpuShares: set(hostConfig.CpuShares),
    pids: set(hostConfig.PidsLimit),
  };
}

/** Whether a container has a run that did not end: it uses resources. */
export function hasRun({ state }: { readonly state: string | undefined }): boolean {
  return state === 'running' || state === 'paused';
}

/** Podman writes an empty health status where there is no health check, Docker none at all. */
function health(status: unknown): Health {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** The health that the list's `Status`, words for people, shows of a container that runs. */
export function healthFromStatus(status: unknown): Health {
  const [, word] = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(nonEmptyString(status) ?? '') ?? [];
  return health(word);
}

/** In Unix seconds: the year 10000, which RFC 3339 can't write. */
const endOfTime = Date.UTC(10_000, 0) / 1000;

/**
 * RFC 3339 to Unix seconds, with all the fraction a double holds (Date drops what is below a millisecond).
 * Undefined for year 1, which is the engine's word for never, for any other time before 1970, and for what is no time.
 */
export function unixSeconds(time: unknown): number | undefined {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(nonEmptyString(time) ?? '') ?? [];
  if (whole === undefined || zone === undefined) return undefined;
  const seconds = Date.parse(whole + zone) / 1000 + Number(`0${fraction}`);
  return seconds >= 0 && seconds < endOfTime ? seconds : undefined;
}

/** What is known where inspect was never answered. */
export const neverInspected: Inspection = parseInspection({ State: {} }, () => false);
