/** A sampling collector as in Docker up to 24: everybody who waits is served together on its next pass. */
export interface Ticker {
  /** Calls back on the next tick, unless the returned function is called before. */
  wait(callback: () => void): () => void;
  /** Forgets everybody who waits. */
  clear(): void;
}

/** Makes a ticker with a tick every so many milliseconds. It has one timer, and that only while somebody waits. */
export function createTicker(milliseconds: number): Ticker {
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    timer = undefined;
    const served = [...waiting];
    waiting.clear();
    for (const callback of served) callback();
  }

  return {
    wait(callback) {
      // A function of its own for each call, so that the same callback can wait twice.
      const waiter = () => callback();
      waiting.add(waiter);
      // Ticks have a fixed phase: whoever asks late waits shortly.
      timer ??= setTimeout(tick, milliseconds - (performance.now() % milliseconds));
      return () => waiting.delete(waiter);
    },
    clear() {
      waiting.clear();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
