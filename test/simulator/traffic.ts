import type { Endpoint } from './routes.ts';

/** So many request lines are kept for tests; later ones are only counted, so that a long run does not grow. */
const LINES_KEPT = 20_000;

/** What clients have asked since the start or the last reset, by endpoint or over all. */
export interface Traffic {
  /** The first requests, as `GET /containers/json?all=1`. */
  readonly lines: readonly string[];
  count(endpoint?: Endpoint): number;
  /** Requests whose answer is not complete and whose client has not gone away. */
  openNow(endpoint?: Endpoint): number;
  openPeak(endpoint?: Endpoint): number;
  /** Forgets lines, counts and peaks; what is open stays open. */
  reset(): void;
}

export interface TrafficCounter extends Traffic {
  begin(endpoint: Endpoint, line: string): void;
  end(endpoint: Endpoint): void;
}

export function createTraffic(): TrafficCounter {
  const lines: string[] = [];
  const tallies = new Map<Endpoint | 'all', { count: number; open: number; peak: number }>();

  function tally(endpoint: Endpoint | 'all' = 'all') {
    const known = tallies.get(endpoint) ?? { count: 0, open: 0, peak: 0 };
    tallies.set(endpoint, known);
    return known;
  }

  return {
    lines,
    count: (endpoint) => tally(endpoint).count,
    openNow: (endpoint) => tally(endpoint).open,
    openPeak: (endpoint) => tally(endpoint).peak,
    reset() {
      lines.length = 0;
      for (const each of tallies.values()) Object.assign(each, { count: 0, peak: each.open });
    },
    begin(endpoint, line) {
      if (lines.length < LINES_KEPT) lines.push(line);
      for (const each of [tally(), tally(endpoint)]) {
        each.count++;
        each.open++;
        each.peak = Math.max(each.peak, each.open);
      }
    },
    end(endpoint) {
      for (const each of [tally(), tally(endpoint)]) each.open--;
    },
  };
}
