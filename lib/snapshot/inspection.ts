import type { ContainerInspection, ContainerSummary } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import type { Health } from './facts.ts';
import { finite } from './number.ts';

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
  const inspection = answer as ContainerInspection | null | undefined;
  const state = inspection?.State;
  if (typeof state !== 'object' || state === null) {
    throw new EngineError('malformed', 'the inspect answer is not what the API promises');
  }
  return {
    state: text(state.Status),
    health: health(state.Health?.Status),
    startedAt: unixSeconds(state.StartedAt),
    restartCount: finite(inspection?.RestartCount),
    exitCode: finite(state.ExitCode),
    image: text(inspection?.Config?.Image),
    // 0 is the engine's word for none.
    memorySetLimit: finite(inspection?.HostConfig?.Memory) || undefined,
  };
}

/** Podman writes an empty health status where there is no health check, Docker none at all. */
function health(status: unknown): Health {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** The health that the list's words for people tell, for when inspect fails. */
export function healthFromSummary(summary: ContainerSummary): Health {
  const [, word] = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(String(summary.Status)) ?? [];
  return health(word);
}

/**
 * RFC 3339 to Unix seconds, with all the fraction a double holds (Date drops what is below a millisecond).
 * Undefined for year 1, which is the engine's word for never, and for anything else that is no time.
 */
export function unixSeconds(time: unknown): number | undefined {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(String(time)) ?? [];
  if (whole === undefined || zone === undefined || whole.startsWith('0001-01-01')) return undefined;
  const milliseconds = Date.parse(whole + zone);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000 + Number(`0${fraction}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
