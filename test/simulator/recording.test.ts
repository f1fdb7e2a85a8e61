import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { readRecording, startRecordedEngine } from './recording.ts';
import type { SimulatorServer } from './server.ts';
import { ONE_SHOT, ask, askJson } from './client.ts';
import type { InspectBody, ListEntry } from './client.ts';

const FIXTURES = 'test/fixtures';

describe('recording', () => {
  let server: SimulatorServer | undefined;

  async function start(engine: string): Promise<SimulatorServer> {
    server = await startRecordedEngine(await readRecording(`${FIXTURES}/${engine}`));
    return server;
  }

  afterEach(async () => server?.stop());

  for (const engine of ['docker-20.10-cgroup1', 'docker-20.10-cgroup2', 'podman-4.3-cgroup1']) {
    it(`gives the answers of ${engine} to the letter`, async () => {
      const engineServer = await start(engine);
      const folder = `${FIXTURES}/${engine}`;
      const pages = { version: '/version', info: '/info', images: '/images/json', volumes: '/volumes' };
      for (const [file, path] of Object.entries({
        ...pages,
        networks: '/networks',
        containers: '/containers/json?all=1',
      })) {
        const { status, text } = await ask(engineServer, path);
        expect({ status, text }, path).to.deep.equal({
          status: 200,
          text: await readFile(`${folder}/${file}.json`, 'utf8'),
        });
      }
      const entries = await askJson<ListEntry[]>(engineServer, '/containers/json?all=1');
      expect(entries.length).to.be.at.least(6);
      for (const { Id, Names } of entries) {
        const name = Names[0]?.slice(1) ?? '';
        expect((await askJson<InspectBody>(engineServer, `/v1.41/containers/${Id}/json`)).Name).to.equal(`/${name}`);
        const stats = await ask(engineServer, `/v1.41/containers/${name}/${ONE_SHOT}`);
        expect(stats).to.include({ status: 200, text: await readFile(`${folder}/stats/${name}.json`, 'utf8') });
      }
    });
  }

  it('says who it is in the headers, as recorded', async () => {
    const podman = await ask(await start('podman-4.3-cgroup1'), '/_ping');
    expect(podman).to.include({ status: 200, text: 'OK' });
    expect(podman.headers).to.include({ 'libpod-api-version': '4.3.1', server: 'Libpod/4.3.1 (linux)' });
    expect(podman.headers['content-type']).to.equal('text/plain; charset=utf-8');
  });

  it('lists without all=1 only what has not ended or never started', async () => {
    const names = await askJson<ListEntry[]>(await start('docker-20.10-cgroup1'), '/containers/json');
    const shown = names.flatMap(({ Names }) => Names);
    expect(shown).to.include.members(['/shop-web-1', '/frozen', '/crashloop']);
    expect(shown).to.not.include.members(['/failed']);
    expect(shown).to.not.include.members(['/never-started']);
  });
});
