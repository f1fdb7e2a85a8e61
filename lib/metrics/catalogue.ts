import { cpuRows } from './catalogue/cpu.ts';
import { deviceMetrics } from './catalogue/disk.ts';
import { diskCollectionMetrics, diskSpaceMetrics, volumeMetrics, writableLayerRows } from './catalogue/disk-usage.ts';
import { engineRequestMetrics, engineRequestTimeMetrics } from './catalogue/engine-calls.ts';
import {
  containerCountMetrics,
  engineInfoMetrics,
  engineMetrics,
  machineMetrics,
  upMetrics,
} from './catalogue/engine.ts';
import {
  buildMetrics,
  capabilityMetrics,
  collectorMetrics,
  pusherMetrics,
  reloadMetrics,
  truncationMetrics,
} from './catalogue/exporter.ts';
import { labelMetrics } from './catalogue/labels.ts';
import { limitRows } from './catalogue/limits.ts';
import {
  containerExitMetrics,
  containerLifecycleMetrics,
  eventGapMetrics,
  eventMetrics,
  exitSumMetrics,
  lastExitMetrics,
  lifecycleRows,
  lifecycleSumMetrics,
} from './catalogue/lifecycle.ts';
import { memoryRows, memorySemconvRows } from './catalogue/memory.ts';
import { interfaceMetrics } from './catalogue/network.ts';
import { kubernetesMetrics, swarmMetrics } from './catalogue/orchestrator.ts';
import { processMetrics } from './catalogue/process.ts';
import { infoMetrics, stateRows } from './catalogue/state.ts';
import { type MetricGroup, containerEntities, group } from './metric.ts';

/**
 * Every metric, in the order of /metrics. Metric data, documentation and the tests' expectations come from here:
 * to add one, add a row to a file of catalogue/.
 */
export const catalogue: readonly MetricGroup[] = [
  group(containerEntities, [
    ...memoryRows,
    ...cpuRows,
    ...writableLayerRows,
    ...limitRows,
    ...stateRows,
    ...lifecycleRows,
  ]),
  containerLifecycleMetrics,
  containerExitMetrics,
  lastExitMetrics,
  infoMetrics,
  labelMetrics,
  swarmMetrics,
  kubernetesMetrics,
  interfaceMetrics,
  deviceMetrics,
  containerCountMetrics,
  engineMetrics,
  upMetrics,
  machineMetrics,
  engineInfoMetrics,
  diskSpaceMetrics,
  volumeMetrics,
  diskCollectionMetrics,
  lifecycleSumMetrics,
  exitSumMetrics,
  eventMetrics,
  buildMetrics,
  collectorMetrics,
  engineRequestMetrics,
  engineRequestTimeMetrics,
  capabilityMetrics,
  truncationMetrics,
  eventGapMetrics,
  reloadMetrics,
  processMetrics,
  pusherMetrics,
];

/** The labels that metrics have themselves. */
export const metricLabels: ReadonlySet<string> = new Set(catalogue.flatMap(({ labels }) => labels));

/** What is pushed under the semantic conventions: what they define too, and no metric of labels, which are attributes. */
export const semconvCatalogue: readonly MetricGroup[] = [
  ...catalogue.filter((each) => each !== labelMetrics),
  group(containerEntities, memorySemconvRows),
];
