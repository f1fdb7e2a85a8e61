import type { ContainerInspection, ContainerSummary } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import type { Health } from './facts.ts';
import { unsignedNumber, finiteNumber, isObject, nonEmptyString } from './json-values.ts';

/** What only inspect knows of a container. */
export interface Inspection {
  readonly state: string | undefined;
  readonly health: Health;
  /** Unix seconds; undefined when never started. */
  readonly startedAt: number | undefined;
  readonly restartCount: number | undefined;
  readonly exitCode: number | undefined;
  readonly image: string | undefined;
  /** Bytes; undefined where none is set. */
  readonly memorySetLimit: number | undefined;
}

/** Reads an inspect answer; throws an EngineError when it is none. */
export function parseInspection(answer: unknown): Inspection {
  const inspection: ContainerInspection = isObject(answer) ? answer : {};
  const state = inspection.State;
  if (!isObject(state)) {
    throw new EngineError('malformed', 'the inspect answer is not what the API promises');
  }
  return {
    state: nonEmptyString(state.Status),
    health: health(state.Health?.Status),
    startedAt: unixSeconds(state.StartedAt),
    restartCount: finiteNumber(inspection.RestartCount),
    exitCode: finiteNumber(state.ExitCode),
    image: nonEmptyString(inspection.Config?.Image),
    // 0 is the engine's word for none.
    memorySetLimit: unsignedNumber(inspection.HostConfig?.Memory) || undefined,
  };
}

/** Podman writes an empty health status where there is no health check, Docker none at all. */
function health(status: unknown): Health {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** The health that the list's words for people tell, for when inspect fails. */
export function healthFromSummary(summary: ContainerSummary): Health {
  const [, word] = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(nonEmptyString(summary.Status) ?? '') ?? [];
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
