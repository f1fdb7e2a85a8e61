import { expect } from 'chai';
import { nearest } from '../../lib/config/nearest.ts';
import { knownKeys } from '../../lib/config/schema.ts';

describe('nearest', () => {
  const guesses: readonly [string, string | undefined][] = [
    ['server.prot', 'server.port'],
    ['server.ports', 'server.port'],
    ['Server.Port', 'server.port'],
    ['sever', 'server'],
    ['colection.timeout', 'collection.timeout'],
    ['collection.filter', 'collection.filters'],
    ['docker.port', 'server.port'],
    ['max_concurrent', 'performance.max_concurrent'],
    ['enabled', undefined],
    ['something_else', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ];
  for (const [key, guess] of guesses) {
    it(`takes ${JSON.stringify(key.slice(0, 30))} for ${guess ?? 'nothing'}`, () =>
      expect(nearest(key, knownKeys)).to.equal(guess));
  }
});
