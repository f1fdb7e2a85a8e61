import type { CallLimits, DockerClient } from '../docker/client.ts';
import { isGone } from '../docker/errors.ts';
import { readListedContainer } from '../inventory/container-list.ts';
import { hasRun } from '../inventory/inspection.ts';

/** An id that no container has: a proxy judges the path, and where it lets it through the engine answers 404. */
const unknownId = '0'.repeat(64);

/** Asks about a container that runs: 404 is a refusal, unless it is gone by then. Without one, 404 is the engine's answer. */
export async function askForContainer(
  client: DockerClient,
  limits: CallLimits,
  ask: (id: string) => Promise<unknown>,
): Promise<void> {
  const id = await runningContainer(client, limits);
  try {
    await ask(id ?? unknownId);
  } catch (error) {
    if (!isGone(error) || (id !== undefined && (await runningContainer(client, limits, id)) === id)) throw error;
  }
}

/** The id of that container, or of any, where it is listed as running; undefined too where there is no list. */
async function runningContainer(
  client: DockerClient,
  limits: CallLimits,
  wanted?: string,
): Promise<string | undefined> {
  let found: string | undefined;
  const onElement = (element: unknown): void => {
    const listed = readListedContainer(element, () => false);
    if (listed !== undefined && hasRun(listed) && (wanted === undefined || listed.id === wanted)) found ??= listed.id;
  };
  return client.listContainers(limits, onElement).then(
    () => found,
    () => undefined,
  );
}
