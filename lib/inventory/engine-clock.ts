/** How far the engine's clock is from the exporter's. All times are Unix seconds. */
export interface EngineClock {
  /** Takes in what the engine's clock said between two moments of the exporter's. */
  compare(engineTime: number, askedAt: number, answeredAt: number): void;
  /** The exporter's time at a time of the engine. */
  toExporterTime(engineTime: number): number;
}

/**
 * Clocks that are no further apart are taken for one, and a difference that is known holds until it is wrong by more: an
 * answer takes its time, may tell whole seconds only, and the start of a container should not move with each of them.
 */
const toleranceSeconds = 2;

/** Takes the clocks for one until they are compared. */
export function createEngineClock(): EngineClock {
  /** Seconds that the engine is ahead. */
  let offset = 0;
  return {
    compare: (engineTime, askedAt, answeredAt) => {
      const [least, most] = [engineTime - answeredAt, engineTime - askedAt];
      if (offset >= least - toleranceSeconds && offset <= most + toleranceSeconds) return;
      const middle = (least + most) / 2;
      offset = Math.abs(middle) <= toleranceSeconds ? 0 : middle;
    },
    toExporterTime: (engineTime) => engineTime - offset,
  };
}
