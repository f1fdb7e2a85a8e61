import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { truncateStrings } from '../../lib/docker/truncate-strings.ts';

describe('truncateStrings', () => {
  it('leaves what is short enough as it is', () => {
    const answer = { Names: ['/web'], Labels: { note: 'ü'.repeat(10) }, Count: 3, Nothing: null };
    expect(truncateStrings(answer, 10)).to.equal(answer);
  });

  it('cuts values, elements and keys, and says so with an ellipsis', () => {
    const answer = { Names: ['a'.repeat(11)], ['k'.repeat(11)]: 'v'.repeat(11) };
    expect(truncateStrings(answer, 10)).to.deep.equal({
      Names: [`${'a'.repeat(9)}…`],
      [`${'k'.repeat(9)}…`]: `${'v'.repeat(9)}…`,
    });
  });

  it('cuts what is too long among what is not', () => {
    const answer = { Id: 'a', Names: ['b', 'c'.repeat(11), null], None: null, Note: 'd'.repeat(10), Port: 1 };
    expect(truncateStrings(answer, 10)).to.deep.equal({ ...answer, Names: ['b', `${'c'.repeat(9)}…`, null] });
    expect(truncateStrings({ a: 'b', c: 'd'.repeat(11) }, 10)).to.deep.equal({ a: 'b', c: `${'d'.repeat(9)}…` });
  });

  it('counts characters, and splits no surrogate pair', () => {
    expect(truncateStrings('😀'.repeat(10), 10)).to.equal('😀'.repeat(10));
    expect(truncateStrings('😀'.repeat(11), 10)).to.equal(`${'😀'.repeat(9)}…`);
    expect(truncateStrings(`a${'😀'.repeat(10)}`, 10)).to.equal(`a${'😀'.repeat(8)}…`);
  });

  it('makes what it cuts well-formed', () => {
    expect(truncateStrings('\ud800'.repeat(11), 10)).to.equal(`${'\ufffd'.repeat(9)}…`);
    expect(truncateStrings('\0'.repeat(11), 10)).to.equal(`${'\0'.repeat(9)}…`);
  });

  it('numbers keys that are the same once cut', () => {
    const networks = { [`${'e'.repeat(20)}0`]: { rx_bytes: 1 }, [`${'e'.repeat(20)}1`]: { rx_bytes: 2 } };
    expect(truncateStrings(networks, 10)).to.deep.equal({
      [`${'e'.repeat(9)}…`]: { rx_bytes: 1 },
      [`${'e'.repeat(7)}~2…`]: { rx_bytes: 2 },
    });
  });

  it('keeps a key that is __proto__ one', () => {
    const answer = truncateStrings(JSON.parse(`{"__proto__": {"State": "running"}, "long": "${'a'.repeat(11)}"}`), 10);
    expect(Object.keys(Object(answer))).to.deep.equal(['__proto__', 'long']);
    expect(Object(answer).State).to.equal(undefined);
  });

  it('keeps nothing alive of what was cut off', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const cut = Array.from({ length: 10 }, () =>
      truncateStrings(Buffer.alloc(4_000_000, 'x').toString('latin1'), 1_024),
    );
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    expect(cut).to.have.length(10);
    const kept = cut.splice(0).join('').length;
    collectGarbage();
    expect(before - process.memoryUsage().heapUsed).to.be.lessThan(4_000_000);
    expect(kept).to.equal(10 * 1_024);
  });
});
