import { readFileSync, readdirSync } from 'node:fs';

export interface Descendant {
  readonly pid: number;
  /** As the kernel has it: the first 15 characters of the command's name. */
  readonly command: string;
}

/** Every process that this one started, and those that they started, as far as they run now. */
export function descendantsOf(pid: number): readonly Descendant[] {
  const found: Descendant[] = [];
  const waiting = [...childrenOf(pid)];
  for (let child = waiting.shift(); child !== undefined; child = waiting.shift()) {
    const command = readIfThere(`/proc/${child}/comm`).trim();
    if (command !== '') found.push({ pid: child, command });
    waiting.push(...childrenOf(child));
  }
  return found;
}

/** Any thread of a process can have started a child. */
function childrenOf(pid: number): readonly number[] {
  const lists = tasksOf(pid).map((task) => readIfThere(`/proc/${pid}/task/${task}/children`));
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
