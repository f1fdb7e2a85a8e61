import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type LocalEngine, findLocalEngine } from '../../lib/config/local-engine.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { withFolder } from './loading.ts';

const none = (): boolean => false;

/** A folder of the docker CLI with a context, which is the current one, for the time of a call. */
function withContext<Result>(name: string, host: string, use: (folder: string) => Result): Result {
  return withFolder((folder) => {
    const meta = join(folder, 'contexts/meta', createHash('sha256').update(name).digest('hex'));
    mkdirSync(meta, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: name }));
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
    return use(folder);
  });
}

describe('the engine, where docker.host is not set', () => {
  const env = { HOME: '/home/ada', XDG_RUNTIME_DIR: '/run/user/1000' };
  const inOrder: readonly (readonly [path: string, owner: string])[] = [
    ['/run/user/1000/docker.sock', 'rootless Docker'],
    ['/home/ada/.docker/run/docker.sock', 'Docker Desktop'],
    ['/home/ada/.docker/desktop/docker.sock', 'Docker Desktop'],
    ['/home/ada/.colima/default/docker.sock', 'Colima'],
    ['/home/ada/.orbstack/run/docker.sock', 'OrbStack'],
    ['/run/user/1000/podman/podman.sock', 'rootless Podman'],
    ['/run/podman/podman.sock', 'Podman'],
  ];
  for (const [index, [path, owner]] of inOrder.entries()) {
    it(`is at ${path} where none of those before it is there`, () => {
      const there = new Set(inOrder.slice(index).map(([each]) => each));
      expect(findLocalEngine(env, (each) => there.has(each))).to.deep.equal({ host: `unix://${path}`, owner });
    });
  }

  it('is at /var/run/docker.sock where that is there, or nothing is', () => {
    expect(findLocalEngine(env, () => true)).to.equal(undefined);
    expect(findLocalEngine(env, none)).to.equal(undefined);
    expect(findLocalEngine({}, none)).to.equal(undefined);
  });

  it("is that of the docker CLI's current context before all, even while it is not there", () => {
    withContext('desktop-linux', 'unix:///home/ada/d.sock', (folder) => {
      const engine: LocalEngine = {
        host: 'unix:///home/ada/d.sock',
        owner: 'context desktop-linux of the docker CLI',
      };
      expect(findLocalEngine({ DOCKER_CONFIG: folder }, () => true)).to.deep.equal(engine);
      expect(findLocalEngine({ DOCKER_CONFIG: folder }, none)).to.deep.equal(engine);
      expect(findLocalEngine({ DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'default' }, none)).to.equal(undefined);
    });
  });

  for (const host of ['ssh://ops@engine', 'tcp://engine:2376', 'unix://relative', 'npipe:////./pipe/docker']) {
    it(`is not that of a context at ${host}`, () => {
      withContext('there', host, (folder) =>
        expect(findLocalEngine({ DOCKER_CONFIG: folder }, none)).to.equal(undefined),
      );
    });
  }

  it('survives files of the docker CLI that hold something else', () => {
    withFolder((folder) => {
      for (const text of ['', '{', 'null', '[]', '{"currentContext": 3}', '{"currentContext": "../.."}']) {
        writeFileSync(join(folder, 'config.json'), text);
        expect(findLocalEngine({ DOCKER_CONFIG: folder }, none), text).to.equal(undefined);
      }
    });
  });

  it('is told in one line', () => {
    withContext('lima', 'unix:///lima.sock', (folder) => {
      const { settings, notes, origins } = loadSettings({ args: [], env: { DOCKER_CONFIG: folder } });
      expect(settings.docker.host).to.equal('unix:///lima.sock');
      expect(origins.get('docker.host')).to.equal('default');
      expect(notes).to.deep.equal(['docker.host is not set: using unix:///lima.sock (context lima of the docker CLI)']);
    });
  });

  it('is not looked for where docker.host is set anywhere', () => {
    withContext('lima', 'unix:///lima.sock', (folder) => {
      const file = join(folder, 'config.yaml');
      writeFileSync(file, 'docker: {host: "unix:///var/run/docker.sock"}');
      const sources = [
        { args: ['--config', file], env: {} },
        { args: ['--docker.host=unix:///var/run/docker.sock'], env: {} },
        { args: [], env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } },
      ];
      for (const { args, env: more } of sources) {
        const { settings, notes } = loadSettings({ args, env: { DOCKER_CONFIG: folder, ...more } });
        expect(settings.docker.host).to.equal('unix:///var/run/docker.sock');
        expect(notes).to.deep.equal([]);
      }
    });
  });
});
