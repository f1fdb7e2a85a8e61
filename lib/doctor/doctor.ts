import type { LoadedSettings, Settings } from '../config/settings.ts';
import { displayAddress } from '../docker/address.ts';
import type { EngineInfo } from '../docker/api.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import { type Engine, unknownEngine } from '../docker/engine.ts';
import { EngineError } from '../docker/errors.ts';
import type { CollectSnapshot } from '../snapshot/collector.ts';
import type { Snapshot } from '../snapshot/facts.ts';
import { createSnapshotSource } from '../snapshot/source.ts';
import { describeEngine, describeStats } from './engine.ts';
import type { Finding } from './finding.ts';
import { checkPermissions } from './permissions.ts';
import { explainUnreachable } from './reach.ts';
import { describeScrape } from './scrape.ts';
import { checkSocket, ownIdentity } from './socket.ts';

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** 0: every metric is there. 1: the engine can't be reached. 2: it can, but metrics are missing. */
  readonly exitCode: 0 | 1 | 2;
}

/** The engine that the settings name. */
export interface DiagnosedEngine {
  readonly client: DockerClient;
  readonly collect: CollectSnapshot;
}

/** The same as a running agent has it. */
export interface ExaminedEngine {
  readonly client: DockerClient;
  readonly snapshot: () => Promise<Snapshot>;
}

/** Checks everything between the settings and the metrics: socket, engine, permissions, one scrape. */
export async function diagnose(
  loaded: LoadedSettings,
  connect: (loaded: LoadedSettings) => Promise<DiagnosedEngine>,
): Promise<Diagnosis> {
  const { client, collect } = await connect(loaded);
  const source = createSnapshotSource({
    collect,
    timeout: loaded.settings.collection.timeout,
    interval: 0,
    cacheTtl: 0,
  });
  try {
    return await examine(loaded, { client, snapshot: () => source.get() });
  } finally {
    source.stop();
    client.close();
  }
}

/** The same of an engine that is in use, which stays connected. */
export async function examine({ settings, notes }: LoadedSettings, engine: ExaminedEngine): Promise<Diagnosis> {
  const { host, tls } = settings.docker;
  const before = notes.map((text): Finding => ({ level: 'ok', subject: 'settings', text }));
  if (host.startsWith('unix://')) before.push(checkSocket(host.slice('unix://'.length), ownIdentity()));
  const reached = await reach(engine.client, { milliseconds: settings.collection.timeout });
  if (reached instanceof EngineError) {
    const explanation = explainUnreachable({ host, authority: tls.ca_cert }, displayAddress(host), reached);
    return { findings: [...before, explanation], exitCode: 1 };
  }
  const findings = [...before, ...(await examineReached(settings, engine, reached))];
  return { findings, exitCode: findings.some(({ level }) => level === 'fail') ? 2 : 0 };
}

/** What answered as an engine does. */
interface Reached {
  readonly engine: Engine;
  /** Undefined where /info failed. */
  readonly info: EngineInfo | undefined;
}

/** A proxy may forbid the ping, or /info, and let the rest through: as for the agent itself, one of them is enough. */
async function reach(client: DockerClient, limits: CallLimits): Promise<Reached | EngineError> {
  const [ping, info] = await Promise.allSettled([client.ping(limits), client.info(limits)]);
  const answer = info.status === 'fulfilled' ? info.value : undefined;
  if (ping.status === 'fulfilled') return { engine: ping.value, info: answer?.answer };
  if (answer !== undefined) return { engine: answer.engine, info: answer.answer };
  return client
    .listContainers(limits, () => undefined)
    .then(
      () => ({ engine: unknownEngine, info: undefined }),
      () => ping.reason as EngineError,
    );
}

async function examineReached(
  { docker, collection, performance: bounds }: Settings,
  { client, snapshot: takeSnapshot }: ExaminedEngine,
  { engine, info }: Reached,
): Promise<Finding[]> {
  const limits = { milliseconds: collection.timeout };
  const permitted = await checkPermissions(client, engine, collection.collectors, limits);
  const snapshot = await takeSnapshot();
  const seconds = Math.max(0, ...Object.values(snapshot.durations));
  return [
    describeEngine(displayAddress(docker.host), engine, info),
    describeStats(engine, {
      maxConcurrent: bounds.max_concurrent,
      maxWaiting: bounds.max_waiting,
    }),
    ...permitted,
    ...(collection.collectors.container ? describeScrape(snapshot, seconds, info) : []),
  ];
}
