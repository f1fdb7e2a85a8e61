import { type AnswerMemory, parsingBytes } from './answer-memory.ts';

/** Text that comes in pieces, in one buffer: it takes the memory of its bytes, however small the pieces are. */
export interface TextBuffer {
  /** False where it does not fit. Nothing of the text is kept then, and nothing more of it until it is read. */
  append(bytes: Buffer): boolean;
  /** What `parse` makes of the text, and begins another; undefined where the text, or parsing it, does not fit. */
  read<Value>(parse: (text: string) => Value): { readonly value: Value } | undefined;
}

const empty = Buffer.alloc(0);

export function createTextBuffer(memory: AnswerMemory): TextBuffer {
  let buffer = empty;
  let size = 0;
  let fits = true;

  const drop = (): void => {
    memory.release(buffer.length);
    buffer = empty;
    size = 0;
  };
  const grow = (capacity: number): void => {
    fits = memory.take(capacity);
    if (!fits) {
      drop();
      return;
    }
    const grown = Buffer.allocUnsafe(capacity);
    buffer.copy(grown, 0, 0, size);
    memory.release(buffer.length);
    buffer = grown;
  };

  return {
    append: (bytes) => {
      const needed = size + bytes.length;
      if (fits && needed > buffer.length) grow(Math.max(needed, 2 * buffer.length));
      if (!fits) return false;
      bytes.copy(buffer, size);
      size = needed;
      return true;
    },
    read: (parse) => {
      const text = buffer.subarray(0, size);
      const extra = parsingBytes(text);
      const isReadable = fits && memory.take(extra);
      try {
        return isReadable ? { value: parse(text.toString()) } : undefined;
      } finally {
        if (isReadable) memory.release(extra);
        drop();
        fits = true;
      }
    },
  };
}
