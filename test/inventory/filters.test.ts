import { expect } from 'chai';
import { type Rules, isWanted } from '../../lib/inventory/filters.ts';

const none: Rules = { labels: [], names: [], images: [] };
const web = { name: 'shop-web-1', image: 'nginx:1.27', labels: { tier: 'front', empty: '' } };

describe('isWanted', () => {
  it('takes everything when there are no rules', () => {
    expect(isWanted(web, { include: none, exclude: none })).to.equal(true);
  });

  const rules: readonly (readonly [string, Partial<Rules>, boolean])[] = [
    ['part of the name', { names: [/web/] }, true],
    ['another name', { names: [/db/] }, false],
    ['the name without its slash', { names: [/^shop/] }, true],
    ['the image', { images: [/^nginx:/] }, true],
    ['another image', { images: [/^redis/] }, false],
    ['a label and its value', { labels: [{ key: 'tier', value: 'front' }] }, true],
    ['a label with another value', { labels: [{ key: 'tier', value: 'back' }] }, false],
    ['a label, whatever its value', { labels: [{ key: 'tier', value: undefined }] }, true],
    ['an empty value', { labels: [{ key: 'empty', value: '' }] }, true],
    ['a label that is not there', { labels: [{ key: 'constructor', value: undefined }] }, false],
    ['any one of several rules', { names: [/db/], images: [/nginx/] }, true],
  ];
  for (const [what, rule, matches] of rules) {
    it(`${matches ? 'matches' : 'does not match'} ${what}`, () => {
      expect(isWanted(web, { include: { ...none, ...rule }, exclude: none }), 'included').to.equal(matches);
      expect(isWanted(web, { include: none, exclude: { ...none, ...rule } }), 'kept').to.equal(!matches);
    });
  }

  it('lets exclude win over include', () => {
    expect(isWanted(web, { include: { ...none, names: [/web/] }, exclude: { ...none, images: [/nginx/] } })).to.equal(
      false,
    );
  });

  it('copes with a container that has neither image nor labels', () => {
    expect(
      isWanted(
        { name: 'abcdefabcdef', image: '', labels: {} },
        { include: { ...none, names: [/^abcdefabcdef$/] }, exclude: none },
      ),
    ).to.equal(true);
  });
});
