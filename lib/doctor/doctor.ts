import type { LoadedSettings } from '../config/settings.ts';
import { displayAddress } from '../docker/address.ts';
import type { EngineInfo } from '../docker/api.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import { type Engine, unknownEngine } from '../docker/engine.ts';
import { EngineError } from '../docker/errors.ts';
import type { CollectSnapshot } from '../snapshot/collector.ts';
import { createSnapshotSource } from '../snapshot/source.ts';
import { describeEngine, describeStats } from './engine.ts';
import type { Finding } from './finding.ts';
import { checkPermissions, isForbidden } from './permissions.ts';
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

/** Checks everything between the settings and the metrics: socket, engine, permissions, one scrape. */
export async function diagnose(
  loaded: LoadedSettings,
  connect: (loaded: LoadedSettings) => Promise<DiagnosedEngine>,
): Promise<Diagnosis> {
  const { host, tls } = loaded.settings.docker;
  const socket = host.startsWith('unix://') ? [checkSocket(host.slice('unix://'.length), ownIdentity())] : [];
  const connection = await connect(loaded);
  try {
    const reached = await reach(connection.client, { milliseconds: loaded.settings.collection.timeout });
    if (reached instanceof EngineError) {
      const explanation = explainUnreachable({ host, authority: tls.ca_cert }, displayAddress(host), reached);
      return { findings: [...socket, explanation], exitCode: 1 };
    }
    const findings = [...socket, ...(await examine(loaded, connection, reached))];
    return { findings, exitCode: findings.some(({ level }) => level === 'fail') ? 2 : 0 };
  } finally {
    connection.client.close();
  }
}

/** The engine; a proxy that forbids the ping alone is an unknown one. */
async function reach(client: DockerClient, limits: CallLimits): Promise<Engine | EngineError> {
  try {
    return await client.ping(limits);
  } catch (error) {
    if (isForbidden(error)) return unknownEngine;
    if (error instanceof EngineError) return error;
    throw error;
  }
}

async function examine(
  { settings }: LoadedSettings,
  { client, collect }: DiagnosedEngine,
  engine: Engine,
): Promise<Finding[]> {
  const { collection, performance: bounds } = settings;
  const limits = { milliseconds: collection.timeout };
  const info = await client.info(limits).then(
    ({ answer }) => answer as EngineInfo | undefined,
    () => undefined,
  );
  const permitted = await checkPermissions(client, engine, collection.collectors, limits);

  const source = createSnapshotSource({
    collect,
    timeout: collection.timeout,
    interval: 0,
    cacheTtl: 0,
  });
  const begun = performance.now();
  const snapshot = await source.get();
  const seconds = (performance.now() - begun) / 1000;
  source.stop();

  return [
    describeEngine(displayAddress(settings.docker.host), engine, info),
    describeStats(engine, {
      maxConcurrent: bounds.max_concurrent,
      maxWaiting: bounds.max_waiting,
    }),
    ...permitted,
    ...(collection.collectors.container ? describeScrape(snapshot, seconds, info) : []),
  ];
}
