import { expect } from 'chai';
import { type FairQueue, type Turn, createFairQueue } from '../../lib/http/fair-queue.ts';

interface Item extends Turn {
  readonly text: string;
}

/** A client, its user, and a number of its own, such as `a/x/1`; `ann` is a user that there is. */
const item = (text: string): Item => {
  const [client = '', user = ''] = text.split('/');
  return { client, user, isKnown: user === 'ann', text };
};

function all(queue: FairQueue<Item>): string[] {
  const texts: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) texts.push(next.text);
  return texts;
}

describe('a fair queue', () => {
  it('serves clients in turns, each in the order of arrival', () => {
    const queue = createFairQueue<Item>(10);
    for (const text of ['a/x/1', 'a/x/2', 'a/x/3', 'b/x/1', 'b/x/2', 'c/x/1']) queue.push(item(text));
    expect(all(queue)).to.deep.equal(['a/x/1', 'b/x/1', 'c/x/1', 'a/x/2', 'b/x/2', 'a/x/3']);
  });

  it('serves the users of a client in turns', () => {
    const queue = createFairQueue<Item>(10);
    for (const text of ['a/x/1', 'a/x/2', 'a/x/3', 'a/y/1']) queue.push(item(text));
    expect(all(queue)).to.deep.equal(['a/x/1', 'a/y/1', 'a/x/2', 'a/x/3']);
  });

  it('lets a newcomer go before those who were served already', () => {
    const queue = createFairQueue<Item>(10);
    for (const text of ['a/x/1', 'a/x/2', 'b/x/1', 'b/x/2']) queue.push(item(text));
    queue.shift();
    queue.shift();
    queue.push(item('c/x/1'));
    expect(all(queue)).to.deep.equal(['c/x/1', 'a/x/2', 'b/x/2']);
  });

  it('has no room for more of the client that has the most, and the newest goes', () => {
    const queue = createFairQueue<Item>(3);
    for (const text of ['a/x/1', 'a/x/2', 'a/x/3']) expect(queue.push(item(text))).to.equal(undefined);
    expect(queue.push(item('a/x/4'))?.text).to.equal('a/x/4');
    expect(queue.push(item('b/x/1'))?.text).to.equal('a/x/3');
    expect(queue.push(item('a/y/1'))?.text).to.equal('a/x/2');
    expect(queue.push(item('a/z/1'))?.text).to.equal('a/z/1');
    expect(all(queue)).to.deep.equal(['a/x/1', 'b/x/1', 'a/y/1']);
  });

  it('turns the newest away where nobody has more than one', () => {
    const queue = createFairQueue<Item>(2);
    for (const text of ['a/x/1', 'b/x/1']) queue.push(item(text));
    expect(queue.push(item('c/x/1'))?.text).to.equal('c/x/1');
  });

  it('has places that only users that there are can take', () => {
    const queue = createFairQueue<Item>(4, 2);
    for (const text of ['a/x/1', 'b/x/1']) expect(queue.push(item(text))).to.equal(undefined);
    expect(queue.push(item('c/x/1'))?.text).to.equal('c/x/1');
    for (const text of ['d/ann/1', 'e/ann/1']) expect(queue.push(item(text))).to.equal(undefined);
    expect(queue.push(item('f/ann/1'))?.text).to.equal('f/ann/1');
    expect(queue.push(item('a/x/2'))?.text).to.equal('a/x/2');
    expect(all(queue)).to.deep.equal(['a/x/1', 'b/x/1', 'd/ann/1', 'e/ann/1']);
  });

  it('may be full of users that there are', () => {
    const queue = createFairQueue<Item>(3, 1);
    for (const text of ['a/ann/1', 'b/ann/1', 'c/ann/1']) expect(queue.push(item(text))).to.equal(undefined);
    expect(queue.push(item('d/x/1'))?.text).to.equal('d/x/1');
  });
});
