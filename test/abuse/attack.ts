import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ContainerControls } from '../simulator/controls.ts';
import type { Endpoint } from '../simulator/routes.ts';
import type { SimulatorOptions } from '../simulator/simulator.ts';

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A request to the engine. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly container: string;
  /** Whether it is about one of the containers that the attack comes from. */
  readonly isVictim: boolean;
  /** Whether it asks for the past of the events rather than for their stream. */
  readonly isPast: boolean;
  readonly response: ServerResponse;
  /** What the honest engine answers, about another container where one is named. */
  honest(container?: string): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: string }>;
}

/** Answers in the honest engine's stead; false leaves the request to it. */
export type Answering = (asked: Asked) => boolean | Promise<boolean>;

/** What hostile clients do, each on a connection of its own. */
export interface Clients {
  readonly connections: number;
  readonly attack: (socket: Socket, openNext: () => void) => void;
  /** Each connects when the one before says so, rather than all at once. */
  readonly inTurn?: true;
  /** Over TLS. */
  readonly isSecure?: true;
  /** So many addresses of their own; otherwise they have the scraper's. */
  readonly addresses?: number;
}

/** What a setting may need of the world around the agent. */
export interface World {
  readonly certFile: string;
  readonly keyFile: string;
  readonly collector: string;
}

export interface Series {
  readonly series: string;
  readonly count: number;
}

/**
 * What is done to the agent. Numbers are those for 64 MiB: `scale` is how many times that the agent has, and what an attack
 * has many of is multiplied by it.
 */
export interface Attack {
  readonly name: string;
  /** Of the agent, beside the usual ones. */
  readonly settings?: (world: World) => Settings;
  /** Of the honest engine. */
  readonly engine?: SimulatorOptions;
  /** Containers whose answers are hostile, from before the attack on; 2 at any scale where left out. */
  readonly victims?: number;
  readonly answer?: (scale: number) => Answering;
  /** What happens on the honest engine. Names of containers begin with `hostile-`. */
  readonly happen?: (containers: ContainerControls, scale: number) => void;
  readonly clients?: Clients;
  /** What the collector answers to a push. */
  readonly collector?: (response: ServerResponse, scale: number) => void;
  /** How many files the agent may have open. */
  readonly maxFiles?: number;
  /** Nobody scrapes until it is over. */
  readonly isUnobserved?: true;
  /** Whether the agent is also started while it goes on: not where the attack takes the list of containers itself. */
  readonly allowsStart?: false;
  /** Series there would be in full; where fewer are shown, an `exporter_*` figure has to count what is left out. */
  readonly complete?: Series;
  /** A line that must not be shown. */
  readonly never?: RegExp;
  /** Left to `npm run abuse`: another one shows nearly the same in the tests. */
  readonly isRare?: true;
}

/** Of an id. */
export const hexadecimal = (index: number): string => index.toString(16).padStart(64, '0');

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const thousand = 'x'.repeat(1_000);

/** Each another one, of a thousand characters. */
export const composeLabels = (index: number): Record<string, string> => ({
  'com.docker.compose.project': `project-${index}-${thousand}`.slice(0, 1_000),
  'com.docker.compose.service': `service-${index}-${thousand}`.slice(0, 1_000),
});

/** NUL, a half surrogate pair, quotes, backslashes, newlines and characters of two code units: 30 bytes as JSON. */
export const awkwardCharacters = '\0\ud800"\\\n😀';

/** Answers the victims' statistics with sections that are made when first asked for. */
export function stats(sections: () => string): () => Answering {
  let body: string | undefined;
  return () =>
    ({ endpoint, isVictim, response }) => {
      if (endpoint !== 'stats' || !isVictim) return false;
      response.end((body ??= `{"read":"2026-01-01T00:00:00Z","pids_stats":{"current":1},${sections()}}`));
      return true;
    };
}

/** Writes the block again and again until the client has had enough, or so many bytes. */
export function endless(response: ServerResponse, block: Buffer, maxBytes = 1e9): void {
  let left = maxBytes;
  const write = (): void => {
    while (!response.destroyed && left > 0) {
      left -= block.length;
      if (!response.write(block)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}
