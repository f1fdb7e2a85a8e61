import { expect } from 'chai';
import fc from 'fast-check';
import { split } from './split-list.ts';

describe('the list splitter', () => {
  it('finds the elements of any list, whatever the pieces', () => {
    const property = fc.property(
      fc.array(fc.jsonValue()),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 9 }),
      (list, space, pieceLength) => {
        const elements = split(JSON.stringify(list, undefined, space), { pieceLength });
        expect(elements.map((element) => JSON.parse(element))).to.deep.equal(JSON.parse(JSON.stringify(list)));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it('finds none in an empty list', () => {
    expect(split('[]')).to.deep.equal([]);
    expect(split(' [ \n] ')).to.deep.equal([]);
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

  describe('of a field', () => {
    it('finds the elements of that one, whatever the pieces, and whatever the other fields', () => {
      const property = fc.property(
        fc.array(fc.jsonValue()),
        fc.dictionary(
          fc.string().filter((name) => name !== 'Volumes'),
          fc.jsonValue(),
        ),
        fc.boolean(),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 9 }),
        (list, others, isFirst, space, pieceLength) => {
          const answer = isFirst ? { Volumes: list, ...others } : { ...others, Volumes: list };
          const elements = split(JSON.stringify(answer, undefined, space), { pieceLength, field: 'Volumes' });
          expect(elements.map((element) => JSON.parse(element))).to.deep.equal(JSON.parse(JSON.stringify(list)));
        },
      );
      fc.assert(property, { seed: 1, numRuns: 300 });
    });

    it('takes null for an empty list', () => {
      expect(split('{"Volumes": null}', { field: 'Volumes' })).to.deep.equal([]);
      expect(split('{"Volumes":null,"Warnings":["a"]}', { field: 'Volumes' })).to.deep.equal([]);
    });

    for (const text of [
      '{}',
      '[]',
      'null',
      '{"Volumes":{}}',
      '{"Volumes":"[]"}',
      '{"Volumes":[}',
      '{"Volumes":[1]',
      '{"Volumes":nul}',
      '{"Warnings":["Volumes",[1]]}',
      '{"Warnings":{"Volumes":[1]}}',
      '{"Warnings":"\\"Volumes\\":null,"}',
    ]) {
      it(`refuses ${text}`, () => {
        expect(() => split(text, { field: 'Volumes' })).to.throw(SyntaxError);
      });
    }
  });
});
