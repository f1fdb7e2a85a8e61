import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import packageJson from '../../package.json' with { type: 'json' };
import { copiedFiles, releasedFiles, withRelease } from '../../scripts/release-docs.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${repository}/${path}`, 'utf8');

describe('a release', () => {
  it('has its version and its address in package.json alone: npm run docs writes the others', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8' }).split('\0');
    const naming = tracked.filter(
      (path) =>
        /^(Dockerfile|docker-compose.yml|charts|deploy|docs|SECURITY.md|.github\/[A-Z])/.test(path) &&
        /(image: |\/)docker-stats-exporter:\d|https:\/\/[\w.-]+\/[\w.-]+\/docker-stats-exporter\b|@users\.noreply/.test(
          read(path),
        ),
    );
    const covered = new Set<string>([...releasedFiles, ...copiedFiles.map(([copy]) => copy)]);
    expect(naming).to.have.length.at.least(5);
    expect(naming.filter((path) => !covered.has(path))).to.deep.equal([]);
    for (const path of releasedFiles) expect(withRelease(read(path)), path).to.equal(read(path));
  });

  it('changes every kind of mention', () => {
    const { version, homepage } = packageJson;
    expect(
      withRelease(
        'image: registry.example/docker-stats-exporter:0.1.2-rc.1\nhome: https://git.example/us/docker-stats-exporter\n',
      ),
    ).to.equal(`image: registry.example/docker-stats-exporter:${version}\nhome: ${homepage}\n`);
    expect(withRelease('version: 0.0.1\nappVersion: 0.0.1-rc.1\nARG VERSION=0.0.1\n')).to.equal(
      `version: ${version}\nappVersion: ${version}\nARG VERSION=${version}\n`,
    );
    const owner = homepage.split('/').at(-2);
    expect(withRelease('us@users.noreply.github.com ghcr.io/us/docker-stats-exporter:0.0.1')).to.equal(
      `${owner}@users.noreply.github.com ghcr.io/${owner}/docker-stats-exporter:${version}`,
    );
  });

  it('says the same address in each of its fields', () => {
    const { homepage, repository: source, bugs } = packageJson;
    expect(source.url).to.equal(`git+${homepage}.git`);
    expect(bugs).to.equal(`${homepage}/issues`);
  });

  for (const [copy, source] of copiedFiles) {
    it(`has in ${copy} a real file, equal to ${source}`, () => {
      expect(lstatSync(`${repository}/${copy}`).isSymbolicLink()).to.equal(false);
      expect(read(copy)).to.equal(read(source)).and.not.equal('');
    });
  }
});
