/** Random choices that a seed repeats: mulberry32, which is small and good enough to shuffle operations. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** Throws when there is nothing to choose from. */
  pick<T>(choices: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(choices: readonly T[]): T => {
    const [choice] = choices.slice(Math.floor(next() * choices.length));
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  };
  return { next, pick };
}
