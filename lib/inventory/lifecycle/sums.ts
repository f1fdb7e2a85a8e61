import { type MemoryShare, seriesBytes } from '../../memory-budget.ts';
import { isBareImageId } from '../filters.ts';
import { type Described, composeOf } from '../known-container.ts';
import { type LifecycleChange, type LifecycleCounts, changed, noCounts } from './counts.ts';

/**
 * What containers are added up by: on Swarm the stack and the service, where there is no Compose. An image is without its
 * digest, of which each update brings another one.
 */
export interface Combination {
  readonly composeProject: string;
  readonly composeService: string;
  readonly image: string;
}

/** What happened to all containers of a combination, removed ones included. */
export interface LifecycleSum extends Combination {
  readonly counts: LifecycleCounts;
}

export interface LifecycleSums {
  all(): readonly LifecycleSum[];
  /** Shows a combination, with zeros where nothing was counted yet. */
  add(combination: Combination, change?: LifecycleChange): void;
}

/** Where everything is added up that comes after the combinations are too many. */
const other: Combination = { composeProject: '', composeService: '', image: '(other)' };

/** Where those are added up that were made from an image by its id: each step of a classic `docker build` has its own. */
const untagged = '(untagged)';

export function combinationOf({ image, labels }: Described): Combination {
  const { composeProject, composeService } = composeOf(labels);
  // A kubelet names all images by their ids; there are no more of them than images.
  const isUntagged = isBareImageId(image) && labels['io.kubernetes.pod.name'] === undefined;
  const isOfCompose = composeProject !== '' || composeService !== '';
  return {
    composeProject: isOfCompose ? composeProject : (labels['com.docker.stack.namespace'] ?? ''),
    composeService: isOfCompose ? composeService : (labels['com.docker.swarm.service.name'] ?? ''),
    image: isUntagged ? untagged : image.replace(/@\w+:\w+$/, ''),
  };
}

/** Series of each combination: starts, four reasons of exits, out-of-memory events and the length of runs. */
const seriesOfSum = 7;

/** Keeps at most `max` combinations, the one for the rest included, and no more than the share has room for. */
export function createLifecycleSums(max: number, share: MemoryShare): LifecycleSums {
  const sums = new Map<string, LifecycleSum>();

  const add = (combination: Combination, change: LifecycleChange | undefined): void => {
    const { composeProject, composeService, image } = combination;
    const key = [composeProject, composeService, image].join('\0');
    const known = sums.get(key);
    const bytes = seriesOfSum * seriesBytes(composeProject.length + composeService.length + image.length);
    if (known === undefined && combination !== other && (sums.size >= max - 1 || !share.take(bytes))) {
      add(other, change);
      return;
    }
    const counts = known?.counts ?? noCounts;
    if (known === undefined || change !== undefined) {
      sums.set(key, {
        composeProject,
        composeService,
        image,
        counts: change === undefined ? counts : changed(counts, change),
      });
    }
  };

  return { all: () => [...sums.values()], add };
}
