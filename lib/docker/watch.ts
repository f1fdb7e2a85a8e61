import type { ContainerEvent } from './api.ts';
import { type CallLimits, open, readAnswer } from './call.ts';
import type { Modem } from './modem.ts';

/** An open stream of the engine's events; closing the client ends it. */
export interface ContainerWatch {
  /** Resolves when the stream is over, whoever ended it. Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * All that may change what inspect tells. Health checks run as execs, whose events are many and say nothing.
 * `health_status` stands for all its verdicts.
 */
const filters = JSON.stringify({
  type: ['container'],
  event: [
    'create',
    'start',
    'restart',
    'die',
    'kill',
    'stop',
    'oom',
    'pause',
    'unpause',
    'rename',
    'destroy',
    'update',
    'health_status',
  ],
});

/** An event is a few hundred characters; what goes on and on is none. */
const longestLine = 1_000_000;

/**
 * Listens to the engine's events and calls back with the id of each container that something happened to.
 * Rejects with an EngineError when no stream comes within the limits.
 */
export async function watchContainers(
  modem: Modem,
  onChange: (id: string) => void,
  { milliseconds }: CallLimits,
): Promise<ContainerWatch> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  const response = await open(modem, '/events', { filters }, controller.signal).finally(() => clearTimeout(timer));
  if (response.statusCode !== 200) {
    // Throws, with the reason that the engine or its proxy gives.
    await readAnswer('/events', response);
  }
  // The stream alone shall not keep the process running.
  response.socket.unref();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  response.once('close', resolve);
  // A stream that breaks has simply ended.
  response.on('error', () => {});
  response.setEncoding('utf8');
  let rest = '';
  response.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) response.destroy();
    for (const line of lines) {
      const id = containerIn(line);
      if (id !== undefined) onChange(id);
    }
  });
  return { ended };
}

function containerIn(line: string): string | undefined {
  try {
    const event = JSON.parse(line) as ContainerEvent | null;
    return typeof event?.Actor?.ID === 'string' ? event.Actor.ID : undefined;
  } catch {
    return undefined;
  }
}
