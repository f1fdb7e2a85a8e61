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

/**
 * True for the statuses by which an engine says that it has no such container. A proxy or a web server says the same of
 * anything: only with a second answer that agrees does it mean that a container is gone.
 */
export function isGone(error: unknown): error is EngineError {
  return error instanceof EngineError && (error.status === 404 || error.status === 409);
}

/** Whether the error says that a proxy, or the engine, forbids the call. */
export function isForbidden(error: unknown): error is EngineError {
  return error instanceof EngineError && (error.status === 401 || error.status === 403);
}
