import type { Attributes, HrTime } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { LabelTexts } from './label-texts.ts';

/** Renders one metric in a format, its lines of metadata first. */
export type RenderFamily = (metric: MetricData, prefix: string, labelTexts: LabelTexts) => string;

/** A series and its value. */
export interface Point {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly value: number;
}

/** OpenTelemetry has other shapes, such as histograms, which the catalogue has not. */
export function pointsOf(metric: MetricData): readonly Point[] {
  return metric.dataPoints as readonly Point[];
}

/** As both formats write numbers. */
export function numberText(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : String(value).replace('Infinity', 'Inf');
}
