import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DockerEngine } from './docker-engine.ts';
import { run } from './process.ts';

/** An image made of what the machine has, to stand in for one that would have to be pulled. */
export interface StandIn {
  /** Programs of the machine, by the place they get. They bring the libraries they need. */
  readonly programs: Readonly<Record<string, string>>;
  /** Texts, by the place they get. Those that begin with `#!` may be executed. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders of the machine, by the place they get. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Instructions of a Dockerfile, such as `ENTRYPOINT ["/bin/x"]`. */
  readonly changes?: readonly string[];
}

/** Imports a stand-in, with busybox as its shell, under the tag. */
export async function importStandIn(engine: DockerEngine, tag: string, standIn: StandIn): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-image-'));
  const root = join(folder, 'root');
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await cp(from, join(root, to), { recursive: true, dereference: true, force: true });
  };
  try {
    for (const place of ['bin', 'tmp', 'etc', 'root', 'run', 'var/tmp'])
      await mkdir(join(root, place), { recursive: true });
    await put('/bin/busybox', '/bin/busybox');
    const commands = (await run('/bin/busybox', ['--list'])).trim().split('\n');
    for (const command of commands.filter((name) => name !== 'busybox'))
      await symlink('busybox', join(root, 'bin', command));
    await writeFile(
      join(root, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    );
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
    for (const [place, program] of Object.entries(standIn.programs)) {
      await rm(join(root, place), { force: true });
      await put(program, place);
      for (const library of await librariesOf(program)) await put(library, library);
    }
    for (const [place, from] of Object.entries(standIn.folders ?? {})) await put(from, place);
    for (const [place, text] of Object.entries(standIn.files ?? {})) {
      await mkdir(dirname(join(root, place)), { recursive: true });
      await writeFile(join(root, place), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    }
    await run('chmod', ['1777', join(root, 'tmp')]);
    await run('tar', ['-C', root, '--owner=0', '--group=0', '-cf', join(folder, 'root.tar'), '.']);
    const changes = (standIn.changes ?? []).flatMap((change) => ['--change', change]);
    await engine.docker('import', ...changes, join(folder, 'root.tar'), tag);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** None for a static program. */
async function librariesOf(program: string): Promise<string[]> {
  const output = await run('ldd', [program]).catch(() => '');
  return output.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Stands in for Alpine with its packages of Node.js and npm, which `apk` then only has to say yes to. What npm will
 * ask for lies in its cache already, for the build has no network.
 */
export async function importNodeBase(engine: DockerEngine, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-npm-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      await cp(join(repository, file), join(folder, file));
    const npm = (...args: string[]): Promise<string> => nameless(run('npm', args, { cwd: folder }));
    await npm('ci', '--ignore-scripts', '--prefer-offline', '--cache', join(folder, 'cache'));
    const registry = (await npm('config', 'get', 'registry')).trim();
    const packages = (await npm('root', '--global')).trim();
    await importStandIn(engine, tag, {
      programs: { '/usr/bin/node': process.execPath },
      folders: {
        '/usr/lib/node_modules/npm': join(packages, 'npm'),
        '/root/.npm/_cacache': join(folder, 'cache', '_cacache'),
      },
      files: {
        '/sbin/apk': '#!/bin/sh\n',
        '/usr/bin/env': '#!/bin/sh\nexec /bin/env "$@"\n',
        '/usr/bin/npm': '#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n',
        '/root/.npmrc': `registry=${registry}\noffline=true\n`,
      },
      changes: ['ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', 'CMD ["/bin/sh"]'],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the repository's Dockerfile with Debian's docker command, which knows BuildKit without a plugin. */
export async function buildImage(engine: DockerEngine, tag: string, buildArguments: readonly string[]): Promise<void> {
  const args = buildArguments.map((argument) => `--build-arg=${argument}`);
  const env = { PATH: process.env['PATH'], DOCKER_HOST: engine.host, DOCKER_BUILDKIT: '1' };
  await nameless(run('/usr/bin/docker', ['build', '--network=none', `--tag=${tag}`, ...args, repository], { env }));
}

/** Which package registry a machine uses is nothing for a log. */
function nameless(output: Promise<string>): Promise<string> {
  return output.catch((error: unknown) => {
    throw new Error(String(error).replaceAll(/\bhttps?:\/\/[^\s/]+/g, 'https://…'));
  });
}
