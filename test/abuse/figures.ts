import type { Series } from './attack.ts';

/** What a page says, as far as an attack must not change it. */
export interface Figures {
  /** The series of the containers that have no part in it. */
  readonly series: readonly string[];
  /** The sum of what counts things that are left out. */
  readonly leftOut: number;
}

/** Series that change with the time alone, or are measured in the background. */
const moving = /^container_(last_seen|uptime_seconds|fs_usage_bytes)\{/;

/** Figures that count what is left out. */
const counting =
  /^exporter_(scrape_errors_total|truncated_labels|event_gaps_total|\w*(omitted|dropped|rejected)\w*)[{ ]/;

export function readFigures(page: string): Figures {
  const lines = page.split('\n');
  const isOthers = (line: string): boolean => !line.includes('container_name="hostile');
  return {
    series: lines.filter((line) => line.startsWith('container_') && !moving.test(line) && isOthers(line)),
    leftOut: lines
      .filter((line) => counting.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0),
  };
}

/** What is missing or otherwise; more series than expected are no fault. */
export function differenceBetween(expected: Figures, { series }: Figures): string | undefined {
  const there = new Set(series);
  const missing = expected.series.filter((line) => !there.has(line));
  return missing.length === 0
    ? undefined
    : `${missing.length} of ${expected.series.length} series, such as ${missing[0]}`;
}

/** What is not shown in full, though nothing more than before was counted; undefined where all is well. */
export function uncountedOn(page: string, before: Figures, { series, count }: Series): string | undefined {
  const shown = page.split('\n').filter((line) => line.startsWith(`${series}{`)).length;
  if (shown >= count || readFigures(page).leftOut > before.leftOut) return undefined;
  return `${shown} of ${count} ${series}`;
}
