/** Preloaded into the agent: answers each message with the event-loop delay since the last one, in milliseconds. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelay {
  readonly p99: number;
  readonly max: number;
}

const resolution = 5;
const histogram = monitorEventLoopDelay({ resolution });
histogram.enable();
process.on('message', () => {
  const milliseconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  process.send?.({ p99: milliseconds(histogram.percentile(99)), max: milliseconds(histogram.max) });
  histogram.reset();
});
// The channel alone shall not keep the agent running.
process.channel?.unref();
