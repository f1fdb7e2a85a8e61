import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { run } from '../support/process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The files of a build in a copy of the source, which is in a folder of its own. */
async function build(variables: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'exporter-build-'));
  try {
    for (const path of ['package.json', 'package-lock.json', '.npmrc', 'lib', 'deploy']) {
      cpSync(join(repository, path), join(folder, path), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    const { PATH, HOME } = process.env;
    await run(process.execPath, ['deploy/build.ts'], { cwd: folder, env: { PATH, HOME, ...variables } });
    const files = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    return Object.fromEntries(
      files.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length), readFileSync(path, 'latin1')];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('two builds of the same source', function () {
  this.timeout(120_000);

  it('are the same in different folders and at different times', async () => {
    const variables = { COMMIT: 'c0ffee', SOURCE_DATE_EPOCH: '1767323045' };
    const [first, second] = [await build(variables), await build(variables)];
    expect(Object.keys(first)).to.include.members(['/dist/main.js', '/dist/launcher.js', '/dist/sbom.cdx.json']);
    for (const [path, content] of Object.entries(first)) expect(second[path] === content, path).to.equal(true);
    expect(Object.keys(second)).to.deep.equal(Object.keys(first));
    const { metadata, serialNumber } = JSON.parse(first['/dist/sbom.cdx.json'] ?? '');
    expect(metadata.timestamp).to.equal('2026-01-02T03:04:05Z');
    expect(serialNumber).to.match(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  });
});
