/** The simulated engine as a process of its own, so that its work does not count as the agent's. Speaks JSON over IPC. */
import { startSimulator } from '../simulator/simulator.ts';

export interface EngineOrder {
  readonly containers: number;
  readonly ticking: boolean;
  /** Milliseconds that a stats call takes the engine. */
  readonly sampling: number;
  /** Milliseconds that a list takes it, for each container; none where left out. */
  readonly listing?: number;
  readonly socketPath: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as EngineOrder;
const { containers, ticking, sampling, listing = 0, socketPath } = order;
const simulator = await startSimulator({ containers, ticking, socketPath, allRunning: true });
if (sampling > 0) simulator.fault('stats', { delay: sampling });
if (listing > 0) simulator.fault('list', { delay: listing * containers });

process.on('message', () => {
  process.send?.({ calls: simulator.traffic.count() });
  simulator.traffic.reset();
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ host: simulator.host });
