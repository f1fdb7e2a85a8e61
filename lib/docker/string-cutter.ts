const quote = 0x22;
const backslash = 0x5c;
const letterU = 0x75;

/**
 * Makes a filter for the bytes of JSON that arrive in pieces. Of a string that is longer than so many bytes it drops the
 * rest as it comes, so that none is ever in memory as a whole; a hash of the rest keeps strings apart that begin alike.
 */
export function createStringCutter(maxStringBytes: number): (chunk: Buffer) => Buffer {
  let isInString = false;
  let isEscaped = false;
  /** Digits of a `\u0000` that are still to come. */
  let hexDigits = 0;
  let length = 0;
  let isCutting = false;
  let hash = 0;
  /** Pieces that together are too short to hold such a string; most answers are. */
  let short: Buffer[] | undefined = [];
  let shortBytes = 0;

  const write = (chunk: Buffer): Buffer => {
    const kept: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (!isInString) {
        isInString = byte === quote;
        length = 0;
        continue;
      }
      length += 1;
      if (isEscaped) {
        isEscaped = false;
        hexDigits = byte === letterU ? 4 : 0;
      } else if (hexDigits > 0) {
        hexDigits -= 1;
      } else if (byte === quote) {
        isInString = false;
        if (isCutting) {
          kept.push(Buffer.from(`~${(hash >>> 0).toString(16)}`));
          from = at;
          isCutting = false;
        }
      } else {
        // Never within an escape, nor within a character of several bytes.
        if (!isCutting && length > maxStringBytes && (byte & 0xc0) !== 0x80) {
          kept.push(chunk.subarray(from, at));
          isCutting = true;
          hash = 0;
        }
        isEscaped = byte === backslash;
      }
      // FNV-1a
      if (isCutting) hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (kept.length === 0 && !isCutting) return chunk;
    if (!isCutting) kept.push(chunk.subarray(from));
    return Buffer.concat(kept);
  };

  return (chunk) => {
    if (short === undefined) return write(chunk);
    shortBytes += chunk.length;
    if (shortBytes <= maxStringBytes) {
      short.push(chunk);
      return chunk;
    }
    short.forEach(write);
    short = undefined;
    return write(chunk);
  };
}
