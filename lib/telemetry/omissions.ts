import type { Log } from '../logging.ts';
import type { MetricGroup } from '../metrics/metric.ts';
import type { Collector, Snapshot } from '../snapshot/facts.ts';

/** How many errors there were of what the engine told and is not shown, on all ways out together. */
export type OmissionTotals = Record<Exclude<Collector, 'disk'>, number>;

/** What the collections of one way out do not show: counted as errors, and logged when it begins. */
export interface Omissions {
  begin(): void;
  /** Says `message`, with the fields, unless the last collection had to say so too. */
  note(
    collector: keyof OmissionTotals,
    count: number,
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ): void;
  omitGroup(group: MetricGroup, reason: string): void;
  /** The errors of a snapshot and those of all omissions. */
  addTo(errors: Snapshot['errors']): Snapshot['errors'];
}

export function createOmissions(log: Pick<Log, 'warn'>, totals: OmissionTotals): Omissions {
  let lastTime: ReadonlySet<string> = new Set();
  let thisTime = new Set<string>();

  const omissions: Omissions = {
    begin: () => {
      lastTime = thisTime;
      thisTime = new Set();
    },
    note: (collector, count, message, fields) => {
      totals[collector] += count;
      if (!lastTime.has(message) && !thisTime.has(message)) log.warn(message, fields);
      thisTime.add(message);
    },
    omitGroup: ({ subject, metrics }, reason) => {
      const names = metrics.map(({ name }) => name);
      const collector = subject === 'container' || subject === 'sum' ? 'container' : 'system';
      omissions.note(collector, 1, `metrics omitted: ${names.join(', ')}`, { reason });
    },
    addTo: (errors) => ({
      ...errors,
      ...(errors.container === undefined ? {} : { container: errors.container + totals.container }),
      ...(errors.system === undefined ? {} : { system: errors.system + totals.system }),
    }),
  };
  return omissions;
}
