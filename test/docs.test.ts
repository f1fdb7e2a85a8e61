import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import packageJson from '../package.json' with { type: 'json' };

const project = new URL('..', import.meta.url);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'config/README.md',
  'lib/metrics/README.md',
  'lib/http/README.md',
  'deploy/README.md',
  'charts/docker-stats-exporter/README.md',
].map((path) => ({ path, text: readFileSync(new URL(path, project), 'utf8') }));

describe('the documentation', () => {
  for (const { path, text } of pages) {
    it(`links from ${path} to files and headings that exist`, () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
      const broken = links.filter(([, file = '', heading]) => {
        const target = file === '' ? new URL(path, project) : new URL(file, new URL(path, project));
        return !existsSync(target) || (heading !== undefined && !headingsOf(target).includes(heading));
      });
      expect(broken.map(([link]) => link)).to.deep.equal([]);
    });

    it(`names only scripts of package.json in ${path}`, () => {
      const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);
      expect(Object.keys(packageJson.scripts)).to.include.members(named);
    });
  }

  it('begins with a README that is read in a few minutes', () => {
    const { text } = pages.find(({ path }) => path === 'README.md') ?? { text: '' };
    expect(Buffer.byteLength(text)).to.be.below(12_000);
    expect(text.split('\n')).to.have.length.below(200);
    expect(statSync(new URL('deploy/images/page.png', project)).size).to.be.below(150_000);
  });
});

/** The anchors of a Markdown file's headings, as GitHub makes them. */
function headingsOf(file: URL): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
