import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readPemFile, readTextFile, whyUnreadable } from '../../lib/config/files.ts';
import { problemsOf, withFolder } from './loading.ts';

/** A pipe that nobody writes to, for the time of a call. */
function withPipe(use: (pipe: string) => void): void {
  withFolder((folder) => {
    const pipe = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).to.equal(0);
    use(pipe);
  });
}

describe('files that settings name', () => {
  it('are not read when they are pipes, whoever reads them', () => {
    withPipe((pipe) => {
      expect(() => readTextFile(pipe)).to.throw('is not a regular file');
      expect(() => readPemFile(pipe)).to.throw(`${pipe}: is not a regular file`);
      expect(whyUnreadable(pipe, 'file')).to.equal('is not a regular file');
      const args = [
        ['--config', pipe],
        ['--web.config.file', pipe],
        ['--server.auth.enabled', '--server.auth.username=a', '--server.auth.password_file', pipe],
        ['--server.tls.enabled', '--server.tls.cert_file', pipe, '--server.tls.key_file=/etc/hosts'],
        ['--otlp.enabled', '--otlp.certificate', pipe],
      ];
      for (const each of args) expect(problemsOf({ args: each }).join('\n')).to.contain('is not a regular file');
    });
  });

  it('are not read when they are devices or folders', () => {
    expect(() => readTextFile('/dev/zero')).to.throw('is not a regular file');
    expect(() => readPemFile('/tmp')).to.throw('/tmp: is a directory');
    expect(whyUnreadable('/dev/null', 'file')).to.equal('is not a regular file');
  });

  it('may hold 256 KiB of text and 1 MiB of certificates', () => {
    withFolder((folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, 'x'.repeat(256 * 1024));
      expect(readTextFile(file)).to.have.length(256 * 1024);
      writeFileSync(file, 'x'.repeat(256 * 1024 + 1));
      expect(() => readTextFile(file)).to.throw('is larger than 256 KiB');
      expect(readPemFile(file)).to.have.length(256 * 1024 + 1);
      writeFileSync(file, 'x'.repeat(1024 * 1024 + 1));
      expect(() => readPemFile(file)).to.throw(`${file}: is larger than 1024 KiB`);
    });
  });
});
