import { expect } from 'chai';
import { createAnswerMemory } from '../../lib/docker/answer-memory.ts';
import { createTextBuffer } from '../../lib/docker/text-buffer.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';

const identity = (text: string): string => text;

describe('a text buffer', () => {
  it('puts pieces together, and begins anew', () => {
    const buffer = createTextBuffer(createAnswerMemory(createMemoryShare(1_000)));
    for (const byte of Buffer.from('größe')) buffer.append(Buffer.of(byte));
    expect(buffer.read(identity)).to.deep.equal({ value: 'größe' });
    buffer.append(Buffer.from('next'));
    expect(buffer.read(identity)).to.deep.equal({ value: 'next' });
    expect(buffer.read(identity)).to.deep.equal({ value: '' });
  });

  it('takes no more than twice the memory of its bytes, however small the pieces are', () => {
    const answers = createMemoryShare(1_000_000);
    const buffer = createTextBuffer(createAnswerMemory(answers));
    const tooMuch: number[] = [];
    for (let size = 1; size <= 100_000; size += 1) {
      buffer.append(Buffer.of(32));
      if (answers.usedBytes() > 2 * size) tooMuch.push(size);
    }
    expect(tooMuch).to.deep.equal([]);
    expect(answers.usedBytes()).to.be.at.least(100_000);
  });

  it('holds what parsing takes for as long as that lasts', () => {
    const answers = createMemoryShare(1_000);
    const buffer = createTextBuffer(createAnswerMemory(answers));
    buffer.append(Buffer.from('[[]]'));
    expect(buffer.read(answers.usedBytes)).to.deep.equal({ value: 4 + 8 + 2 * 80 });
    expect(answers.usedBytes()).to.equal(0);
  });

  it('releases all of it where parsing fails', () => {
    const answers = createMemoryShare(1_000);
    const buffer = createTextBuffer(createAnswerMemory(answers));
    buffer.append(Buffer.from('['));
    expect(() => buffer.read((text) => JSON.parse(text) as unknown)).to.throw(SyntaxError);
    expect(answers.usedBytes()).to.equal(0);
  });

  for (const { what, text } of [
    { what: 'a text', text: 'x'.repeat(600) },
    { what: 'what parsing it takes', text: '[[],[],[],[],[],[],[]]' },
  ]) {
    it(`drops ${what} that does not fit, and reads the next one`, () => {
      const answers = createMemoryShare(1_000);
      const buffer = createTextBuffer(createAnswerMemory(answers));
      buffer.append(Buffer.from(text));
      buffer.append(Buffer.from('x'));
      expect(buffer.read(identity)).to.equal(undefined);
      expect(answers.usedBytes()).to.equal(0);
      expect(buffer.append(Buffer.from('next'))).to.equal(true);
      expect(buffer.read(identity)).to.deep.equal({ value: 'next' });
    });
  }
});
