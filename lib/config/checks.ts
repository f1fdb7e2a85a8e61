import { schemeOf } from './docker-host.ts';
import { whyUnreadable } from './files.ts';
import { type Settings, settingsByKey } from './schema.ts';
import { fixedPaths } from './sections/server.ts';
import { type KeyedSetting, besideOf, valueAt } from './setting.ts';

/** A condition that settings have to meet together, or that the machine has to meet. */
export interface Check<Values> {
  /** The settings it looks at; the first one is blamed. It makes sense only where none of them is wrong by itself. */
  readonly keys: readonly [string, ...string[]];
  /** What is wrong, said as what is allowed; undefined where all is well. */
  readonly fault: (settings: Values) => string | undefined;
}

/** All checks, where `metricLabels` are the labels that the metrics have themselves. */
export function checksWith(metricLabels: ReadonlySet<string>): readonly Check<Settings>[] {
  const settings = [...settingsByKey.values()];
  return [
    ...settings.flatMap((setting) => requiredCheck(setting).concat(readableCheck(setting))),
    ...pathChecks,
    healthPortCheck,
    passwordCheck,
    dockerTlsCheck,
    labelCheck(metricLabels),
    protocolCheck,
  ];
}

function requiredCheck({ key, requiredBy }: KeyedSetting): Check<Settings>[] {
  if (requiredBy === undefined) return [];
  const cause = besideOf(key, requiredBy);
  const isMissing = (settings: Settings): boolean =>
    isEnabled(settings, key) && Boolean(valueAt(settings, cause)) && valueAt(settings, key) === '';
  return [
    {
      keys: [key, cause],
      fault: (settings) => (isMissing(settings) ? `must be set when ${cause} is` : undefined),
    },
  ];
}

/** A file of a section that is disabled may be missing: sample files name some. */
function readableCheck({ key, format }: KeyedSetting): Check<Settings>[] {
  if (format !== 'file' && format !== 'directory') return [];
  const fault = (settings: Settings): string | undefined => {
    const path = valueAt(settings, key);
    if (typeof path !== 'string' || path === '' || !isEnabled(settings, key)) return undefined;
    const reason = whyUnreadable(path, format);
    return reason && `must be a ${format} that can be read: ${reason}`;
  };
  return [{ keys: [key], fault }];
}

/** Whether the section of a setting has a switch, and that is on. */
function isEnabled(settings: Settings, key: string): boolean {
  const enabled = besideOf(key, 'enabled');
  return settingsByKey.has(enabled) && valueAt(settings, enabled) === true;
}

const reservedPaths: readonly string[] = Object.values(fixedPaths);

const pathNames = ['metrics_path', 'cadvisor_path', 'health_path', 'ready_path'] as const;

const pathChecks = pathNames.map((name, index): Check<Settings> => {
  const others = pathNames.slice(0, index);
  return {
    keys: [`server.${name}`, ...others.map((other) => `server.${other}`)],
    fault: ({ server }) => {
      if (reservedPaths.includes(server[name])) return `is reserved (${reservedPaths.join(', ')})`;
      const twin = others.find((other) => server[other] === server[name]);
      return twin && `must differ from server.${twin}`;
    },
  };
});

const healthPortCheck: Check<Settings> = {
  keys: ['server.health_port', 'server.port'],
  fault: ({ server: { port, health_port } }) =>
    health_port === port && port !== 0 ? 'must differ from server.port; leave it out for the same port' : undefined,
};

const passwordNames = ['password', 'password_hash', 'password_file'] as const;

const passwordCheck: Check<Settings> = {
  keys: ['server.auth.enabled', ...passwordNames.map((name) => `server.auth.${name}`)],
  fault: ({ server: { auth } }) => {
    const given = passwordNames.filter((name) => auth[name] !== '');
    if (!auth.enabled || given.length === 1) return undefined;
    const found = given.length === 0 ? 'none is set' : `set are ${given.join(' and ')}`;
    return `needs one of password, password_hash and password_file in server.auth; ${found}`;
  },
};

const dockerTlsCheck: Check<Settings> = {
  keys: ['docker.tls.enabled', 'docker.host'],
  fault: ({ docker: { host, tls } }) =>
    tls.enabled && schemeOf(host) === 'http' ? 'must be false for an http:// host; use tcp:// or https://' : undefined,
};

/** A global label of the same name would make two of one. */
function labelCheck(metricLabels: ReadonlySet<string>): Check<Settings> {
  return {
    keys: ['metrics.global_labels', 'metrics.container_labels'],
    fault: ({ metrics }) => {
      const isTaken = (name: string): boolean =>
        metricLabels.has(name) || (metrics.container_labels.length > 0 && name.startsWith('label_'));
      const taken = [...metrics.global_labels.keys()].filter(isTaken);
      const found = taken.map((name) => JSON.stringify(name)).join(', ');
      return found === '' ? undefined : `must be names of labels that no metric has, not ${found}`;
    },
  };
}

const protocolCheck: Check<Settings> = {
  keys: ['otlp.protocol', 'otlp.enabled'],
  fault: ({ otlp }) =>
    otlp.enabled && !['http/protobuf', 'http/json'].includes(otlp.protocol)
      ? 'must be http/protobuf or http/json, which collectors take on port 4318; grpc is not supported'
      : undefined,
};
