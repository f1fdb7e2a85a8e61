import { setImmediate } from 'node:timers/promises';
import type { NumberMetricData, Point, PointOwner } from './metric-data.ts';

/** Containers of one request: what a scrape reads before other work may come in between. */
const ownersPerBatch = 100;

/** Data points that are sorted before other work may come in between. */
const pointsPerTurn = 20_000;

/**
 * Metric data in parts of at most 100 containers, each with all of its points: a request has to be encoded in one go. What
 * is of no container is in the first.
 */
export async function inBatches(metrics: readonly NumberMetricData[]): Promise<NumberMetricData[][]> {
  const batchOf = new Map<PointOwner, number>();
  const batches: NumberMetricData[][] = [[]];
  let points = 0;
  for (const metric of metrics) {
    const parts: Point[][] = [];
    for (const point of metric.dataPoints) {
      const { owner } = point;
      const batch = owner === undefined ? 0 : (batchOf.get(owner) ?? Math.floor(batchOf.size / ownersPerBatch));
      if (owner !== undefined) batchOf.set(owner, batch);
      (parts[batch] ??= []).push(point);
    }
    for (const [batch, dataPoints] of parts.entries()) {
      if (dataPoints !== undefined) (batches[batch] ??= []).push({ ...metric, dataPoints });
    }
    points += metric.dataPoints.length;
    if (points < pointsPerTurn) continue;
    points = 0;
    await setImmediate();
  }
  return batches;
}
