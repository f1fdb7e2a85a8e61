import { type AgentOptions, type AgentProcess, startAgent } from '../support/agent-process.ts';
import { type DockerEngine, type EngineVersion, createDockerEngine, engineVersions } from '../support/docker-engine.ts';
import { needsEngine } from '../support/tools.ts';

export interface EngineOptions {
  readonly started?: boolean;
  /** Debian's when left out. */
  readonly version?: EngineVersion;
}

/** A suite that runs on each version of the engine. */
export function describeOnEngines(title: string, body: (this: Mocha.Suite, version: EngineVersion) => void): void {
  for (const version of engineVersions) {
    describe(`${title}, on Docker ${version}`, function () {
      body.call(this, version);
    });
  }
}

/**
 * Gives a suite a Docker Engine of its own, gone after its last test. Where none can be had the suite is skipped and
 * says why on stderr; with ENGINE_TESTS=required it fails.
 */
export function useEngine({ started = true, version }: EngineOptions = {}): () => DockerEngine {
  let engine: DockerEngine | undefined;
  needsEngine(version);
  before('a Docker Engine', async function () {
    this.timeout(60_000);
    engine = await createDockerEngine(version);
    if (started) await engine.start();
  });
  after('no Docker Engine', async function () {
    this.timeout(60_000);
    await engine?.stop();
  });
  return () => present(engine, 'Docker Engine');
}

/** Gives a suite an agent that reads from the engine, or from `host` when that is another address of it. */
export function useAgent(
  engine: () => DockerEngine,
  { args = [], ...options }: AgentOptions = {},
  host = (): string => engine().host,
): () => AgentProcess {
  let agent: AgentProcess | undefined;
  before('an agent', async function () {
    this.timeout(30_000);
    agent = await startAgent({ ...options, args: ['--docker.host', host(), ...args] });
  });
  after('no agent', async function () {
    this.timeout(30_000);
    await agent?.stop();
  });
  return () => present(agent, 'agent');
}

function present<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`the ${name} of the suite is not there yet`);
  return thing;
}
