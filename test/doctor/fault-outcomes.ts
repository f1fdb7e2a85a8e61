import type { Fault } from '../simulator/faults.ts';
import type { Endpoint } from '../simulator/routes.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';

/** How an answer goes wrong, by the name that the table has for it. */
export const faults = {
  '404': { status: 404 },
  '403': { status: 403 },
  '401': { status: 401 },
  '400': { status: 400 },
  '302': { status: 302 },
  '500': { status: 500 },
  page: { body: '<html>It works!</html>' },
  empty: 'empty',
  hang: 'hang-before-headers',
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

/** Every call, by the endpoints of the simulator that it fails at. */
export const faultyCalls = {
  everything: ['ping', 'info', 'list', 'inspect', 'stats', 'events', 'images', 'volumes', 'networks'],
  '/_ping': ['ping'],
  '/info': ['info'],
  '/containers/json': ['list'],
  '/containers/{id}/json': ['inspect'],
  '/containers/{id}/stats': ['stats'],
  '/events': ['events'],
  '/images/json': ['images'],
  '/volumes': ['volumes'],
  '/networks': ['networks'],
} as const satisfies Readonly<Record<string, readonly Endpoint[]>>;

export type FaultyCall = keyof typeof faultyCalls;

/** What the agent shows and says of two running containers where a call fails from its start on. */
export interface Outcome {
  readonly up: number;
  /** The collectors whose errors are counted. */
  readonly errors: readonly string[];
  /** exporter_capability of events. */
  readonly events: number;
  /** Of /ready. */
  readonly ready: number;
  /** Warnings of all scrapes, without what differs from one kind of failure to the other. */
  readonly log: readonly string[];
  /** What the doctor finds wrong. */
  readonly doctor: readonly string[];
}

/** Starts an agent at an engine that fails so, and asks it for everything. */
export async function outcomeOf(call: FaultyCall, fault: FaultName): Promise<Outcome> {
  const engine = await startSimulator({ containers: 2, allRunning: true });
  for (const endpoint of faultyCalls[call]) engine.fault(endpoint, faults[fault]);
  const agent = await startTestAgent(['--docker.host', engine.host, '--collection.timeout', '1s']);
  try {
    // The second scrape: what the first found out holds.
    await agent.metrics();
    const metrics = await agent.metrics();
    const doctor = await (await agent.get('/doctor')).text();
    return {
      up: metrics.value('exporter_up') ?? Number.NaN,
      errors: ['container', 'system'].filter(
        (collector) => metrics.value('exporter_scrape_errors_total', { collector }) !== 0,
      ),
      events: metrics.value('exporter_capability', { feature: 'events' }) ?? Number.NaN,
      ready: (await agent.get('/ready')).status,
      log: agent.log
        .filter(({ level }) => level === 'warn')
        .map(({ message, subject, advice }) => {
          const isContainer = engine.containers.all().some(({ name }) => name === subject);
          const parts = [message, isContainer ? 'each container' : subject, advice];
          return parts.filter((part) => typeof part === 'string').join(': ');
        })
        .filter((line, index, lines) => lines.indexOf(line) === index),
      doctor: doctor
        .replaceAll(engine.host, 'ADDRESS')
        .split('\n')
        .filter((line) => /^(warn|fail)/.test(line))
        .map((line) => line.replace(/;.*/, '').replace(/^(fail {2}engine: ADDRESS:).*/, '$1 the reason')),
    };
  } finally {
    await agent.stop();
    await engine.stop();
  }
}
