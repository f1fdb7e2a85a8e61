export interface BackgroundTaskOptions {
  /** Must not reject. The signal says that its result is no longer wanted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds from one run to the next, where it is cheap enough. */
  readonly intervalMs: number;
  /** Milliseconds from the first of a burst of changes to a run. */
  readonly settleMs: number;
  /** Of the time, what runs may take: one that took a second is followed by a pause of 99 where that is 0.01. */
  readonly maxShare: number;
}

/** Something that is done again and again, and sooner where something changed, but never in more than a share of the time. */
export interface BackgroundTask {
  start(): void;
  /** What the last run found no longer holds. */
  invalidate(): void;
  stop(): void;
}

/** Nothing of it keeps the process running. */
export function createBackgroundTask({ run, intervalMs, settleMs, maxShare }: BackgroundTaskOptions): BackgroundTask {
  let timer: NodeJS.Timeout | undefined;
  let controller: AbortController | undefined;
  let isRunning = false;
  /** Both of the clock of performance.now(), which nobody sets. */
  let nextAt = 0;
  let earliestAt = 0;

  const runOnce = async (signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    isRunning = true;
    nextAt = Number.POSITIVE_INFINITY;
    await run(signal);
    isRunning = false;
    earliestAt = begun + (performance.now() - begun) / maxShare;
    nextAt = Math.min(nextAt, begun + intervalMs);
    schedule();
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (controller === undefined || controller.signal.aborted || isRunning) return;
    const { signal } = controller;
    const delay = Math.max(nextAt, earliestAt) - performance.now();
    timer = setTimeout(() => void runOnce(signal), Math.max(0, delay)).unref();
  };

  return {
    start: () => {
      controller = new AbortController();
      schedule();
    },
    invalidate: () => {
      nextAt = Math.min(nextAt, performance.now() + settleMs);
      schedule();
    },
    stop: () => {
      controller?.abort();
      clearTimeout(timer);
    },
  };
}
