import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import packageJson from '../package.json' with { type: 'json' };

const project = new URL('..', import.meta.url);
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: project,
  encoding: 'utf8',
});
const pages = tracked
  .trim()
  .split('\n')
  .map((path) => ({ path, text: readFileSync(new URL(path, project), 'utf8') }));

/** The lines of the tables of a page, each as the number of its cells; a `|` in a cell has a backslash before it. */
function widthsOfTables(text: string): number[][] {
  const tables = text.match(/^(?:\|.*\|\n)+/gm) ?? [];
  return tables.map((table) =>
    table
      .trim()
      .split('\n')
      .map((line) => line.replaceAll('\\|', '').split('|').length),
  );
}

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

    it(`names only files that exist in the commands of ${path}`, () => {
      const commands = [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, lines]) => lines).join('');
      const files = commands.match(/(?<![\w./-])(?:deploy|charts|docs|config)\/[\w./-]+/g) ?? [];
      expect(files.filter((file) => !existsSync(new URL(file, project)))).to.deep.equal([]);
    });

    it(`has as many cells in each row of a table as in its head in ${path}`, () => {
      for (const widths of widthsOfTables(text)) expect(new Set(widths).size, String(widths)).to.equal(1);
    });
  }

  it('has all its pages: those of the project, of installing, and of each topic', () => {
    const paths = pages.map(({ path }) => path);
    expect(paths).to.include.members([
      'README.md',
      'CONTRIBUTING.md',
      'config/README.md',
      'lib/metrics/README.md',
      'lib/http/README.md',
      'lib/doctor/README.md',
      'deploy/README.md',
      'charts/docker-stats-exporter/README.md',
      'docs/alerts.md',
      'docs/promql.md',
    ]);
  });

  it('calls the program the exporter on every page for users', () => {
    const forUsers = pages.filter(({ path }) => /^(README|SECURITY|config\/|deploy\/|docs\/|charts\/)/.test(path));
    expect(forUsers.filter(({ text }) => /\bthe agent\b/i.test(text)).map(({ path }) => path)).to.deep.equal([]);
  });

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
