import type { EngineInfo } from '../docker/api.ts';
import type { Engine } from '../docker/engine.ts';
import { unsignedNumber } from '../docker/json-values.ts';
import type { LimitFacts } from '../inventory/inspection.ts';
import type { ResourceFacts } from './facts.ts';

/** What else is known when the figures of a container are judged. */
export interface Circumstances {
  readonly engine: Engine;
  /** Undefined where /info failed. */
  readonly info: EngineInfo | undefined;
  /** Undefined where the container was never inspected. */
  readonly limits: LimitFacts | undefined;
}

/** The kernel's word for no limit of memory is 2⁶³ less a page, and that of some runtimes 2⁶⁴ - 1. */
const noLimit = 2 ** 63 - 2 ** 16;

/** The newest major version of Podman whose kernel-mode CPU time on cgroup v2 is microseconds, taken for nanoseconds. */
const lastWrongPodman = 5;

/** The figures without those that can't be: a limit that is none, and Podman's split of CPU time. */
export function plausibleFigures(resources: ResourceFacts, circumstances: Circumstances): ResourceFacts {
  const { info, limits } = circumstances;
  const { memoryLimit } = resources;
  const isNone = memoryLimit !== undefined && memoryLimit >= noLimit;
  return {
    ...resources,
    memoryLimit: isNone ? (limits?.memory ?? unsignedNumber(info?.MemTotal)) : memoryLimit,
    // Podman reckons the time in user mode as the rest.
    ...(isSplitWrong(circumstances) ? { cpuSystem: undefined, cpuUser: undefined } : {}),
  };
}

/** Where the version of cgroups or of Podman is not known, it may be wrong. */
function isSplitWrong({ engine, info }: Circumstances): boolean {
  const major = Number.parseInt(info?.ServerVersion ?? '', 10);
  return engine.product === 'podman' && info?.CgroupVersion !== '1' && !(major > lastWrongPodman);
}
