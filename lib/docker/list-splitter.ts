const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const space = 0x20;
const listStart = 0x5b;
const listEnd = 0x5d;
const objectStart = 0x7b;
const objectEnd = 0x7d;

export interface ListHandler {
  /** The next bytes of an element. */
  onBytes?(bytes: Buffer): void;
  /** The end of an element. */
  onElement(): void;
}

export interface ListSplitter {
  /** Throws a SyntaxError where the bytes are no JSON list. */
  write(chunk: Buffer): void;
  /** Throws a SyntaxError where the list is not complete. */
  end(): void;
}

/**
 * Splits the bytes of a JSON list that arrive in pieces into its elements, which may be anything between two commas.
 * Where a field is named, the list is that one of an object; null is an empty one there, as in Go's JSON.
 */
export function createListSplitter({ onBytes, onElement }: ListHandler, field?: string): ListSplitter {
  const listDepth = field === undefined ? 1 : 2;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isInList = false;
  let isFound = false;
  let isOver = false;
  /** Whether there is more than blanks in this element, and whether there were others. */
  let hasContent = false;
  let hasElements = false;
  /** The last characters outside the list, where it is a field. */
  let outside = '';

  const open = (byte: number): void => {
    if (depth === 0 && (isOver || (byte === listStart) !== (listDepth === 1))) throw new SyntaxError('not a list');
    depth += 1;
    hasContent = depth > listDepth;
    if (depth !== listDepth || byte !== listStart) return;
    isInList = field === undefined || outside.endsWith(`"${field}":`);
    isFound ||= isInList;
  };

  const close = (byte: number): void => {
    depth -= 1;
    isOver = depth === 0;
    if (!isInList || depth >= listDepth) return;
    if (byte !== listEnd) throw new SyntaxError('not a list');
    isInList = false;
    if (hasElements || hasContent) onElement();
  };

  const noteOutside = (byte: number, name: string): void => {
    if (byte === comma || byte === objectEnd) isFound ||= outside.endsWith(`"${name}":null`);
    outside = `${outside}${String.fromCharCode(byte)}`.slice(-name.length - 7);
  };

  return {
    write: (chunk) => {
      let from = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0;
        const outsideOf = depth < listDepth ? field : undefined;
        const isBetween = isInList && depth === listDepth;
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (byte === quote) isInString = false;
          else isEscaped = byte === backslash;
        } else if (byte <= space) {
          continue;
        } else if (byte === listStart || byte === objectStart) {
          open(byte);
          if (isInList && depth === listDepth) from = at + 1;
        } else if (byte === listEnd || byte === objectEnd) {
          if (isBetween) onBytes?.(chunk.subarray(from, at));
          close(byte);
        } else if (byte === comma && isBetween) {
          onBytes?.(chunk.subarray(from, at));
          onElement();
          from = at + 1;
          hasElements = true;
          hasContent = false;
        } else {
          if (depth === 0) throw new SyntaxError('not a list');
          isInString = byte === quote;
          hasContent = true;
        }
        if (outsideOf !== undefined) noteOutside(byte, outsideOf);
      }
      if (isInList) onBytes?.(chunk.subarray(from));
    },
    end: () => {
      if (!isFound || !isOver) throw new SyntaxError('not a whole list');
    },
  };
}
