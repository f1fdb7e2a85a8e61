import type { EngineInfo } from '../docker/api.ts';
import type { Engine } from '../docker/engine.ts';
import type { Finding } from './finding.ts';

/** How many stats calls may be under way, as the settings say. */
export interface Concurrency {
  readonly maxConcurrent: number;
  /** Undefined where maxConcurrent holds for every engine, because the user set it. */
  readonly maxWaiting: number | undefined;
}

const products = { docker: 'Docker', podman: 'Podman', unknown: 'an engine that does not say which' } as const;

/** Which engine answers, as far as its ping and its /info tell; `info` is undefined where that is forbidden. */
export function describeEngine(shown: string, engine: Engine, info: EngineInfo | undefined): Finding {
  const facts = [
    [products[engine.product], info?.ServerVersion].filter((part) => part !== undefined).join(' '),
    engine.apiVersion === undefined ? 'API version unknown' : `API ${engine.apiVersion}`,
    info?.CgroupVersion === undefined ? 'cgroup version unknown' : `cgroup v${info.CgroupVersion}`,
  ];
  return { level: 'ok', subject: 'engine', text: `${shown} answers: ${facts.join(', ')}` };
}

/** How the engine answers stats requests, and what that means for a scrape. */
export function describeStats(engine: Engine, { maxConcurrent, maxWaiting }: Concurrency): Finding {
  const subject = 'stats';
  if (!engine.sampledStats) {
    const pace = engine.product === 'unknown' ? 'taken to be answered at once' : 'answered at once';
    return { level: 'ok', subject, text: `${pace}; at most ${maxConcurrent} requests at a time` };
  }
  const ticks = engine.oneShotStats ? 'a second' : 'two seconds, for want of one-shot (API < 1.41)';
  if (maxWaiting !== undefined) {
    return { level: 'ok', subject, text: `answered after up to ${ticks}; up to ${maxWaiting} requests wait together` };
  }
  return {
    level: 'warn',
    subject,
    text: `answered after up to ${ticks}, and performance.max_concurrent lets only ${maxConcurrent} wait together`,
    advice: [
      'a scrape takes that long for each such lot of running containers; where it is unset performance.max_waiting holds',
    ],
  };
}
