/**
 * Reports what may happen many times a second: the first time at once, then at most once in `intervalMs`, with how often
 * it happened since the last report.
 */
export function reportOccasionally(report: (times: number) => void, intervalMs = 60_000): () => void {
  let times = 0;
  let reportedAt = -Infinity;
  return () => {
    times += 1;
    const now = performance.now();
    if (now - reportedAt < intervalMs) return;
    report(times);
    times = 0;
    reportedAt = now;
  };
}
