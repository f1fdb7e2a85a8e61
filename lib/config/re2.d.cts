/** What is used of re2js. */
export interface Re2 {
  compile(pattern: string): {
    test(text: string): boolean;
    /** Whether all of the text matches. */
    testExact(text: string): boolean;
  };
}

/** Loads the engine of patterns, once. */
export declare function loadRe2(): Re2;
