import type { CallLimits } from '../docker/client.ts';
import { EngineError } from '../docker/errors.ts';

/** Makes a call, and makes it again where it had less time than the limits allow by now: somebody more patient came. */
export async function inTime<T>(
  current: { readonly limits: CallLimits },
  call: (limits: CallLimits) => Promise<T>,
): Promise<T> {
  const { limits } = current;
  try {
    return await call(limits);
  } catch (error) {
    const isTimeout = error instanceof EngineError && error.kind === 'timeout';
    if (!isTimeout || limits.milliseconds >= current.limits.milliseconds) throw error;
    return inTime(current, call);
  }
}
