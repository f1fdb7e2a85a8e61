import { expect } from 'chai';
import fc from 'fast-check';
import { createListSplitter } from '../../lib/docker/list-splitter.ts';

/** The elements of a list that arrives in pieces of that many bytes. */
function split(text: string, { pieceLength = 3, maxElementBytes = 1_000_000 } = {}): (string | undefined)[] {
  const elements: (string | undefined)[] = [];
  const splitter = createListSplitter(maxElementBytes, (element) => void elements.push(element));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceLength) splitter.write(bytes.subarray(at, at + pieceLength));
  splitter.end();
  return elements;
}

describe('the list splitter', () => {
  it('finds the elements of any list, whatever the pieces', () => {
    const property = fc.property(
      fc.array(fc.jsonValue()),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 9 }),
      (list, space, pieceLength) => {
        const elements = split(JSON.stringify(list, undefined, space), { pieceLength });
        expect(elements.map((element) => JSON.parse(element ?? ''))).to.deep.equal(JSON.parse(JSON.stringify(list)));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it('finds none in an empty list', () => {
    expect(split('[]')).to.deep.equal([]);
    expect(split(' [ \n] ')).to.deep.equal([]);
  });

  it('drops an element that is too large, and keeps those beside it', () => {
    const list = JSON.stringify([1, 'x'.repeat(100), 2]);
    expect(split(list, { maxElementBytes: 50 })).to.deep.equal(['1', undefined, '2']);
  });

  for (const text of ['', ' ', '{}', 'null', '[', '[1', '[1,', '[1}', '[1]]', '[1],', '["a]']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => split(text)).to.throw(SyntaxError);
    });
  }

  it('leaves to who parses them what is between two commas', () => {
    expect(split('[,]')).to.deep.equal(['', '']);
    expect(split('[1 2,{]]')).to.deep.equal(['1 2', '{]']);
  });
});
