import type { HrTime } from '@opentelemetry/api';

/** Unix seconds as OpenTelemetry's seconds and nanoseconds. */
export function hrTime(unixSeconds: number): HrTime {
  const whole = Math.floor(unixSeconds);
  return [whole, Math.round((unixSeconds - whole) * 1e9)];
}
