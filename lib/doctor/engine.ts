import type { EngineInfo } from '../docker/api.ts';
import type { Engine } from '../docker/engine.ts';
import type { Finding } from './finding.ts';

/** How many stats calls may be under way, as the settings say. */
export interface Concurrency {
  readonly maxConcurrent: number;
  /** On engines that answer once a second; no more than maxConcurrent where the user set that. */
  readonly maxWaiting: number;
}

const products = { docker: 'Docker', podman: 'Podman', unknown: 'an unknown engine' } as const;

/** Which engine answers, by its ping and its /info; `info` is undefined where that is forbidden. */
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
    const pace = engine.product === 'unknown' ? 'assumed to answer immediately' : 'answers immediately';
    return { level: 'ok', subject, text: `${pace}; at most ${maxConcurrent} requests at a time` };
  }
  const delay = engine.oneShotStats ? '1 s' : '2 s (no one-shot before API 1.41)';
  if (maxWaiting > maxConcurrent) {
    return { level: 'ok', subject, text: `answers within ${delay}; up to ${maxWaiting} requests at a time` };
  }
  return {
    level: 'warn',
    subject,
    text: `answers within ${delay}; the settings limit it to ${maxWaiting} requests at a time`,
    advice: [
      `each batch of ${maxWaiting} containers takes that long; unset performance.max_concurrent to use performance.max_waiting instead`,
    ],
  };
}
