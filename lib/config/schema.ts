import { collection, docker, performance } from './sections/docker.ts';
import { logging, metrics, otlp } from './sections/metrics.ts';
import { server, web } from './sections/server.ts';
import { type Section, type ValuesOf, tableOf } from './setting.ts';

/** Every setting. The YAML file, the variables, the flags, --help, config/README.md and the example file all come from here. */
export const schema = {
  server,
  docker,
  collection,
  metrics,
  otlp,
  logging,
  performance,
  web,
} as const satisfies Section;

/**
 * What the agent runs with. Keys as in the YAML file; durations in milliseconds, patterns compiled; a text that is not
 * set is empty.
 */
export type Settings = ValuesOf<typeof schema>;

/** The schema as a flat table, in its own order. */
export const settingsTable = tableOf(schema);
export const settingsByKey = settingsTable.byKey;
