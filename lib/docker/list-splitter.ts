const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const opening: ReadonlySet<number> = new Set(Buffer.from('[{'));
const closing: ReadonlySet<number> = new Set(Buffer.from(']}'));
const blank: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'));
const listStart = 0x5b;
const listEnd = 0x5d;

export interface ListSplitter {
  /** Throws a SyntaxError where the bytes are no JSON list. */
  write(chunk: Buffer): void;
  /** Throws a SyntaxError where the list is not complete. */
  end(): void;
}

/**
 * Splits the bytes of a JSON list that arrive in pieces into the texts of its elements, which may be anything between
 * two commas. An element of more than so many bytes is dropped as it comes, and stands as undefined.
 */
export function createListSplitter(
  maxElementBytes: number,
  onElement: (text: string | undefined) => void,
): ListSplitter {
  let depth = 0;
  let isOver = false;
  let isInString = false;
  let isEscaped = false;
  let isFirst = true;
  let pieces: Buffer[] = [];
  let size = 0;

  const add = (piece: Buffer): void => {
    size += piece.length;
    if (size > maxElementBytes) pieces = [];
    else pieces.push(piece);
  };
  const finishElement = (isLast: boolean): void => {
    const text = size > maxElementBytes ? undefined : Buffer.concat(pieces).toString();
    const isEmptyList = isLast && isFirst && text?.trim() === '';
    isFirst = false;
    pieces = [];
    size = 0;
    if (!isEmptyList) onElement(text);
  };

  return {
    write: (chunk) => {
      let from = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0;
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (byte === quote) isInString = false;
          else isEscaped = byte === backslash;
        } else if (depth === 0) {
          if (blank.has(byte)) continue;
          if (isOver || byte !== listStart) throw new SyntaxError('not a list');
          depth = 1;
          from = at + 1;
        } else if (byte === quote) {
          isInString = true;
        } else if (opening.has(byte)) {
          depth += 1;
        } else if (closing.has(byte) || (byte === comma && depth === 1)) {
          if (byte !== comma) depth -= 1;
          if (byte !== comma && depth > 0) continue;
          if (depth === 0 && byte !== listEnd) throw new SyntaxError('not a list');
          add(chunk.subarray(from, at));
          from = at + 1;
          finishElement(depth === 0);
          isOver = depth === 0;
        }
      }
      if (depth > 0) add(chunk.subarray(from));
    },
    end: () => {
      if (!isOver) throw new SyntaxError('not a whole list');
    },
  };
}
