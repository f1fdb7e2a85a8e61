import { memoryLimit } from '../memory-limit.ts';
import type { EngineEndpoint } from './call-totals.ts';

const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

/**
 * Bytes that an endpoint may answer, long strings cut: several times what large hosts have to say. Of the lists of
 * containers, images and networks, and of events, which are read one by one, what one may have.
 */
const usualCaps: Readonly<Record<EngineEndpoint, number>> = {
  ping: 4 * kibibyte,
  info: mebibyte,
  // A container that publishes 20,000 ports has 3 MiB in the list, and twice that in its inspection.
  list: 4 * mebibyte,
  inspect: 8 * mebibyte,
  // A hundred devices and 64 processors on cgroup v1 make 250 KiB.
  stats: mebibyte,
  images: mebibyte,
  volumes: 16 * mebibyte,
  networks: 4 * mebibyte,
  // One event, with all labels of its container.
  events: mebibyte,
  disk: 32 * mebibyte,
};

/** What answers may take of memory. */
export interface AnswerLimits {
  readonly caps: Readonly<Record<EngineEndpoint, number>>;
  /** Bytes that all answers under way may have together. */
  readonly maxTotalBytes: number;
}

/**
 * Parsed JSON takes up to twenty times its bytes. So where memory is limited, one answer may have a 128th of it, one that
 * is a list of much and asked alone a 32nd, and all together a 16th.
 */
export function answerLimits(memory: number | undefined = memoryLimit()): AnswerLimits {
  if (memory === undefined) return { caps: usualCaps, maxTotalBytes: 64 * mebibyte };
  const share = Math.max(memory / 128, 256 * kibibyte);
  const shareOf = (endpoint: string): number => (endpoint === 'volumes' || endpoint === 'disk' ? 4 * share : share);
  const caps = Object.entries(usualCaps).map(([endpoint, bytes]) => [endpoint, Math.min(bytes, shareOf(endpoint))]);
  return {
    caps: Object.fromEntries(caps) as Record<EngineEndpoint, number>,
    maxTotalBytes: Math.min(64 * mebibyte, 8 * share),
  };
}

/** `4 MiB`, or `512 KiB`. */
export function binarySize(bytes: number): string {
  return bytes < mebibyte ? `${Math.round(bytes / kibibyte)} KiB` : `${Number((bytes / mebibyte).toFixed(1))} MiB`;
}
