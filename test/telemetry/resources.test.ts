import { expect } from 'chai';
import { splitReference } from '../../lib/telemetry/resources.ts';

describe('splitReference', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  const references: readonly (readonly [string, string, readonly string[]])[] = [
    ['nginx', 'nginx', ['latest']],
    ['nginx:1.27-alpine', 'nginx', ['1.27-alpine']],
    ['registry.example.com:5000/shop/api:4.18.0', 'registry.example.com:5000/shop/api', ['4.18.0']],
    ['registry.example.com:5000/shop/api', 'registry.example.com:5000/shop/api', ['latest']],
    [`nginx@${id}`, 'nginx', []],
    [`nginx:1.27@${id}`, 'nginx', ['1.27']],
    [id, id, []],
    ['', '', []],
  ];
  for (const [reference, name, tags] of references) {
    it(`finds ${JSON.stringify(name)} and ${JSON.stringify(tags)} in ${JSON.stringify(reference)}`, () => {
      expect(splitReference(reference)).to.deep.equal({ name, tags });
    });
  }
});
