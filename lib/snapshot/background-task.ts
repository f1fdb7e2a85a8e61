export interface BackgroundTaskOptions {
  /** Resolves to whether it succeeded; must not reject. The signal says that its result is no longer wanted. */
  readonly run: (signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds from one run to the next, where it is cheap enough. */
  readonly intervalMs: number;
  /** Milliseconds from the first of a burst of changes to a run. */
  readonly settleMs: number;
  /**
   * Of the time, what runs may take: one that took a second is followed by a pause of 99 where that is 0.01. One that failed
   * is repeated sooner: after a pause as long as it took itself, which grows if it goes on to fail.
   */
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
  /** How many runs failed one after the other. */
  let failures = 0;
  /** Both of the clock of performance.now(), which nobody sets. */
  let nextAt = 0;
  let earliestAt = 0;

  const runOnce = async (signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    isRunning = true;
    nextAt = Number.POSITIVE_INFINITY;
    failures = (await run(signal)) ? 0 : failures + 1;
    isRunning = false;
    const longest = 1 / maxShare;
    const factor = failures === 0 ? longest : Math.min(2 ** failures, longest);
    earliestAt = begun + (performance.now() - begun) * factor;
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
