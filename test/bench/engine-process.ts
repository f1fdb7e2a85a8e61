/** The simulated engine as a process of its own, so that its work does not count as the agent's. Speaks JSON over IPC. */
import { startSimulator } from '../../lib/simulator/simulator.ts';

export interface EngineOrder {
  readonly containers: number;
  readonly ticking: boolean;
  readonly socketPath: string;
}

const { containers, ticking, socketPath } = JSON.parse(process.argv[2] ?? '{}') as EngineOrder;
const simulator = await startSimulator({ containers, ticking, socketPath, allRunning: true });

process.on('message', () => {
  process.send?.({ calls: simulator.traffic.count() });
  simulator.traffic.reset();
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ host: simulator.host });
