/** The headers of an answer, by their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What kind of engine answers, as far as it changes how to ask. */
export interface Engine {
  readonly product: 'docker' | 'podman' | 'unknown';
  /** The newest API version the engine speaks, such as `1.41`; undefined when a proxy hides it. */
  readonly apiVersion: string | undefined;
  /**
   * Whether a stats request is only answered at a one-second sampling pass: by Docker up to 24 (API < 1.44), and by any
   * that is not asked for one-shot stats. Podman says 1.41 as well but answers at once.
   */
  readonly sampledStats: boolean;
  /** Whether it is asked for `one-shot` stats (API ≥ 1.41), which spare it a second sample. */
  readonly oneShotStats: boolean;
}

/** Who answered, and when by its own clock. */
export interface EngineIdentity {
  readonly engine: Engine;
  /** The engine's time before the answer, in Unix seconds as text, for `since` and `until`; undefined if unknown. */
  readonly clock: string | undefined;
}

/** An engine that nothing is known of: asked as carefully as one that answers at once. */
export const unknownEngine: Engine = {
  product: 'unknown',
  apiVersion: undefined,
  sampledStats: false,
  oneShotStats: false,
};

/**
 * Reads the engine's kind from the headers of an answer: Docker and Podman put them on every one. `pinnedVersion` is the
 * API version that it is asked in, such as `1.41` or `v1.41`; empty for the newest that it speaks.
 */
export function engineFromHeaders(headers: AnswerHeaders, pinnedVersion = ''): Engine {
  const product = headers['libpod-api-version'] === undefined ? dockerOrUnknown(headers) : 'podman';
  const announced = headers['api-version'];
  const apiVersion = typeof announced === 'string' && /^\d+\.\d+$/.test(announced) ? announced : undefined;
  const askedVersion = pinnedVersion === '' ? apiVersion : pinnedVersion.replace(/^v/, '');
  const oneShotStats = askedVersion !== undefined && atLeast(askedVersion, 1, 41);
  const answersAtOnce = apiVersion !== undefined && atLeast(apiVersion, 1, 44) && oneShotStats;
  return {
    product,
    apiVersion,
    sampledStats: product === 'docker' && askedVersion !== undefined && !answersAtOnce,
    oneShotStats,
  };
}

function dockerOrUnknown(headers: AnswerHeaders): 'docker' | 'unknown' {
  return headers['api-version'] === undefined ? 'unknown' : 'docker';
}

/** Whether an API version such as `1.41` is that one or a newer one. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** RFC 3339 to Unix seconds as text, with all its nanoseconds, which a number could not hold. */
export function clockFromTime(time: unknown): string | undefined {
  const [, whole = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(typeof time === 'string' ? time : '') ?? [];
  const seconds = Date.parse(whole + zone) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? `${seconds}${fraction}` : undefined;
}

/** The `Date` header to Unix seconds as text: it is cut to whole seconds, so it is over by the time it arrives. */
export function clockFromDate({ date = '' }: AnswerHeaders): string | undefined {
  const seconds = Date.parse(String(date)) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? String(seconds) : undefined;
}
