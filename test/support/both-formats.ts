import { readProcess } from '../../lib/metrics/self.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { testBridge } from './bridges.ts';
import { sourceOf } from './snapshots.ts';

/** A snapshot in both formats, with a namespace and a global label. */
export async function bothFormats(
  snapshot: Snapshot,
  { site = 'north', createdTimestamps = true } = {},
): Promise<{ text: string; openmetrics: string }> {
  const source = sourceOf(() => snapshot);
  const self = async () => ({ reload: { successful: true, succeededAt: 1.5 }, process: await readProcess() });
  const bridge = testBridge({ source, self, namespace: 'lab', globalLabels: { site }, createdTimestamps });
  // Asked for together, both show the same collection.
  const scrape = async (format: 'text' | 'openmetrics'): Promise<string> =>
    (await bridge.scrape({ timeoutMillis: 1_000, format })).toString();
  const [text, openmetrics] = await Promise.all([scrape('text'), scrape('openmetrics')]);
  return { text, openmetrics };
}
