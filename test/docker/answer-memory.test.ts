import { expect } from 'chai';
import { createAnswerMemory, eventBytes, parsingBytes } from '../../lib/docker/answer-memory.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { usedHeapBytes } from '../support/garbage.ts';

describe('the memory of an answer', () => {
  it('is no more than it leaves to the others', () => {
    const answers = createMemoryShare(1_000);
    const [first, second, third] = [0, 1, 2].map(() => createAnswerMemory(answers));
    expect(first?.take(501)).to.equal(false);
    expect(first?.take(500)).to.equal(true);
    expect(second?.take(251)).to.equal(false);
    expect(second?.take(250)).to.equal(true);
    expect(third?.take(125)).to.equal(true);
    expect(first?.take(1)).to.equal(false);
  });

  it('is free again when it is released, and all of it at the end', () => {
    const answers = createMemoryShare(1_000);
    const memory = createAnswerMemory(answers);
    memory.take(300);
    memory.take(100);
    memory.release(300);
    expect(answers.usedBytes()).to.equal(100);
    memory.close();
    expect(answers.usedBytes()).to.equal(0);
  });
});

const count = 50_000;
const repeated = (text: (index: string) => string): string =>
  Array.from({ length: count }, (_, index) => text(index.toString(36))).join();

/** JSON that takes much memory for its length. */
const shapes: Readonly<Record<string, string>> = {
  'empty lists': `[${repeated(() => '[]')}]`,
  'empty objects': `[${repeated(() => '{}')}]`,
  'lists of one number': `[${repeated(() => '[1]')}]`,
  'nested lists': `${'['.repeat(count)}${']'.repeat(count)}`,
  'nested objects': `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`,
  'an object of distinct keys': `{${repeated((index) => `"${index}":1`)}}`,
  'objects of a distinct key': `[${repeated((index) => `{"${index}":1}`)}]`,
  'objects of a number': `[${repeated(() => '{"9":1}')}]`,
  'objects of two distinct keys': `[${repeated((index) => `{"a${index}":1,"b${index}":2}`)}]`,
  'objects of a hundred distinct keys': `[${Array.from(
    { length: count / 100 },
    (_, object) => `{${Array.from({ length: 100 }, (__, key) => `"k${object}_${key}":1`).join()}}`,
  ).join()}]`,
  numbers: `[${repeated(() => '1')}]`,
  'fractions beside a string': `["a",${repeated(() => '0.5')}]`,
  'empty strings': `[${repeated(() => '""')}]`,
  'short strings': `[${repeated((index) => `"${index}"`)}]`,
  'an ASCII text': `["${'a'.repeat(count)}"]`,
  'a text with one other character': `["漢${'a'.repeat(count)}"]`,
};

describe('the memory that parsing takes', () => {
  for (const [shape, json] of Object.entries(shapes)) {
    it(`is no more than is reckoned for ${shape}`, () => {
      const bytes = Buffer.from(json);
      const before = usedHeapBytes();
      const text = bytes.toString();
      const value: unknown = JSON.parse(text);
      const used = usedHeapBytes() - before;
      expect([text.length, typeof value]).to.deep.equal([json.length, 'object']);
      // The buffer itself is counted for its own part. Each of two collections leaves some kilobytes.
      expect(used).to.be.lessThan(bytes.length + parsingBytes(bytes) + 20_000);
    });
  }

  it('is less than twenty times the bytes of stats', () => {
    const cpus = Array.from({ length: 64 }, () => 123_456_789_012);
    const json = Buffer.from(
      JSON.stringify({ cpu_stats: { cpu_usage: { percpu_usage: cpus } }, memory: { usage: 1 } }),
    );
    expect(parsingBytes(json)).to.be.lessThan(20 * json.length);
  });
});

describe('what is kept of an event', () => {
  it('is its text and its attributes', () => {
    expect(eventBytes('x'.repeat(100), 3)).to.equal(100 + 4 * 64);
    expect(eventBytes('ö'.repeat(100), 3)).to.equal(200 + 4 * 64);
  });
});
