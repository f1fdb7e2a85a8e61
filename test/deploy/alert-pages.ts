import type { ExitReason } from '../../lib/inventory/lifecycle/exits.ts';

/** What Prometheus got from the exporter in one scrape: values by series. */
export type Page = ReadonlyMap<string, number>;

/** A scrape: a page, an exporter that does not answer, or no scrape at all, since Prometheus itself was away. */
export type Scrape = Page | 'down' | 'missed';

export const secondsPerScrape = 30;

const target = { job: 'docker-stats-exporter', instance: 'a:9200' };

function series(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries({ ...target, ...labels }).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(', ')}}`;
}

/** What the alerts ask about one container. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly status: string;
  readonly health: number;
  readonly startedAt: number;
  readonly exitCode: number;
  readonly restarts: number;
  readonly oomEvents: number;
  readonly exits: Readonly<Record<ExitReason, number>>;
  /** Why the last run ended, and the minute of it. */
  readonly lastExit: { readonly reason: ExitReason; readonly minute: number } | undefined;
}

/** No run has ended yet. */
export const noExits = { completed: 0, stopped: 0, oom_killed: 0, error: 0 };

/** A container with a health check that has run since before the first scrape, changed as the caller says. */
export function container(changes: Partial<ContainerState> = {}): ContainerState {
  return {
    name: 'web',
    image: 'web:1',
    status: 'running',
    health: 2,
    startedAt: -86_400,
    exitCode: 0,
    restarts: 0,
    oomEvents: 0,
    exits: noExits,
    lastExit: undefined,
    ...changes,
  };
}

function seriesOf(state: ContainerState): [string, number][] {
  const base = { container_name: state.name, image: state.image };
  const figures: [string, number][] = [
    [series('container_info', { ...base, status: state.status }), 1],
    [series('container_health_status', base), state.health],
    [series('container_exit_code', base), state.exitCode],
    [series('container_restart_count', base), state.restarts],
    [series('container_start_time_seconds', base), state.startedAt],
    [series('container_oom_events_total', base), state.oomEvents],
    ...Object.entries(state.exits).map(([reason, count]): [string, number] => [
      series('container_exits_total', { ...base, reason }),
      count,
    ]),
  ];
  if (state.lastExit !== undefined) {
    const { reason, minute } = state.lastExit;
    figures.push([series('container_last_exit_reason', { ...base, reason }), 1]);
    figures.push([series('container_finished_time_seconds', base), minute * 60]);
  }
  if (state.status !== 'running') return figures;
  // Almost all of what it uses is page cache.
  return [
    ...figures,
    [series('container_memory_limit_bytes', base), 100],
    [series('container_memory_working_set_bytes', base), 94],
    [series('container_memory_rss_bytes', base), 1],
  ];
}

/** What the alerts ask about the exporter itself, and its sums of the runs of an image. */
export interface ExporterState {
  readonly up: number;
  readonly startedAt: number;
  readonly errors: number;
  readonly gaps: number;
  readonly sums: Readonly<Record<string, ContainerState['exits']>>;
}

/** The page of an exporter that knows these containers. */
export function page(containers: readonly ContainerState[], changes: Partial<ExporterState> = {}): Page {
  const { up, startedAt, errors, gaps, sums }: ExporterState = {
    up: 1,
    startedAt: -86_400,
    errors: 0,
    gaps: 0,
    sums: {},
    ...changes,
  };
  return new Map([
    [series('exporter_build_info'), 1],
    [series('exporter_up'), up],
    [series('process_start_time_seconds'), startedAt],
    [series('exporter_scrape_errors_total', { collector: 'container' }), errors],
    [series('exporter_event_gaps_total'), gaps],
    ...containers.flatMap(seriesOf),
    ...Object.entries(sums).flatMap(([image, exits]) =>
      Object.entries(exits).map(([reason, count]): [string, number] => [
        series('docker_container_exits_total', { image, reason }),
        count,
      ]),
    ),
  ]);
}

/** Scrapes as promtool reads them: a series that is on a page no longer is stale from then on. */
export function inputSeries(scrapes: readonly Scrape[]): { series: string; values: string }[] {
  const names = new Set(scrapes.flatMap((scrape) => (typeof scrape === 'string' ? [] : [...scrape.keys()])));
  const valuesOf = (name: string): string => {
    let wasThere = false;
    const values = scrapes.map((scrape) => {
      if (scrape === 'missed') return '_';
      const value = scrape === 'down' ? undefined : scrape.get(name);
      const shown = value ?? (wasThere ? 'stale' : '_');
      wasThere = value !== undefined;
      return String(shown);
    });
    return values.join(' ');
  };
  const up = scrapes.map((scrape) => (scrape === 'missed' ? '_' : scrape === 'down' ? '0' : '1')).join(' ');
  return [
    { series: series('up'), values: up },
    ...[...names].map((name) => ({ series: name, values: valuesOf(name) })),
  ];
}
