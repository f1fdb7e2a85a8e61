import { expect } from 'chai';
import fc from 'fast-check';
import { createStringCutter } from '../../lib/docker/string-cutter.ts';

/** What comes out of the filter when the text goes in in pieces of that many bytes. */
function cut(text: string, maxStringBytes: number, pieceLength = 3): string {
  const filter = createStringCutter(maxStringBytes);
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) pieces.push(filter(bytes.subarray(at, at + pieceLength)));
  return Buffer.concat(pieces).toString();
}

describe('the string cutter', () => {
  it('leaves JSON with short strings as it is, whatever the pieces', () => {
    const property = fc.property(fc.json(), fc.integer({ min: 1, max: 9 }), (json, pieceLength) => {
      expect(cut(json, 1_000, pieceLength)).to.equal(json);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });

  it('drops the rest of a long string, and puts a hash in its place', () => {
    const answer = { short: 'abc', long: 'x'.repeat(50) };
    const { short, long } = JSON.parse(cut(JSON.stringify(answer), 10)) as typeof answer;
    expect(short).to.equal('abc');
    expect(long).to.match(/^x{10}~[0-9a-f]{1,8}$/);
  });

  it('keeps keys apart that begin alike', () => {
    const answer = { [`${'e'.repeat(20)}0`]: 1, [`${'e'.repeat(20)}1`]: 2 };
    expect(Object.values(JSON.parse(cut(JSON.stringify(answer), 10)) as typeof answer)).to.deep.equal([1, 2]);
  });

  it('gives JSON of the same structure and well-formed texts, whatever the strings and the pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'ü', '😀', '\u2028', '\0'), maxLength: 40 });
    const property = fc.property(fc.array(text), fc.integer({ min: 1, max: 9 }), (texts, pieceLength) => {
      const read = JSON.parse(cut(JSON.stringify(texts), 8, pieceLength)) as string[];
      expect(read).to.have.length(texts.length);
      for (const [index, each] of read.entries()) {
        const [kept = ''] = each.split('~');
        expect(texts[index]?.startsWith(kept)).to.equal(true);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});
