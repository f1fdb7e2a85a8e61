/** Why a call to the engine brought no usable answer. */
export type EngineErrorKind =
  /** No connection, or one that broke before the answer began. */
  | 'unreachable'
  /** The answer, body included, was not there in time. */
  | 'timeout'
  /** The engine, or a proxy before it, answered with an error status. */
  | 'status'
  /** The answer ended too early, was too large, or was not what the API promises. */
  | 'malformed'
  /** The answer is no longer wanted. */
  | 'cancelled';

/**
 * A failed call to the engine. The message names the call and the reason, and holds no credentials. It has no stack, which
 * would say nothing and takes time where a scrape gives up hundreds of calls.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: EngineErrorKind;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(kind: EngineErrorKind, message: string, status?: number) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.kind = kind;
    this.status = status;
  }
}

/** True for the statuses that say a container went away between two calls, which is no error. */
export function isGone(error: unknown): boolean {
  return error instanceof EngineError && (error.status === 404 || error.status === 409);
}

/** True when something answered, even if it refused: the daemon, or its proxy, is there. */
export function wasAnswered(error: unknown): boolean {
  return error instanceof EngineError && error.status !== undefined && error.status < 500;
}
