import { createListSplitter } from '../../lib/docker/list-splitter.ts';

/** The elements of a list that arrives in pieces of that many bytes. */
export function split(
  text: string,
  { pieceLength = 3, field }: { pieceLength?: number; field?: string } = {},
): string[] {
  const elements: string[] = [];
  let pieces: Buffer[] = [];
  const handler = {
    onBytes: (bytes: Buffer) => void pieces.push(bytes),
    onElement: () => {
      elements.push(Buffer.concat(pieces).toString());
      pieces = [];
    },
  };
  const splitter = createListSplitter(handler, field);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceLength) splitter.write(bytes.subarray(at, at + pieceLength));
  splitter.end();
  return elements;
}
