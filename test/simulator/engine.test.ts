import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { EngineKind } from './profile.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, askJson } from './client.ts';
import { fieldsOf } from './fields.ts';

const RECORDED: readonly { engine: EngineKind; folder: string; name: string }[] = [
  { engine: 'docker-cgroup1', folder: 'docker-20.10-cgroup1', name: 'shop-web-1' },
  { engine: 'docker-cgroup2', folder: 'docker-20.10-cgroup2', name: 'shop-db-1' },
  { engine: 'podman', folder: 'podman-4.3-cgroup1', name: 'pod-web' },
];

async function readFixture(path: string): Promise<unknown> {
  return JSON.parse(await readFile(`test/fixtures/${path}.json`, 'utf8'));
}

describe('engine', () => {
  let simulator: Simulator;

  afterEach(async () => simulator.stop());

  for (const { engine, folder, name } of RECORDED) {
    it(`has in its stats every field that a real ${folder} gives, and no other`, async () => {
      simulator = await startSimulator({ containers: 0, engine });
      simulator.containers.add({ name: 'web' });
      const simulated = await askJson(simulator, `/containers/web/${ONE_SHOT}`);
      // Podman alone gives a `cpu` that is always 0: nobody reads it.
      const real = fieldsOf(await readFixture(`${folder}/stats/${name}`)).filter(
        (field) => !field.endsWith('_stats.cpu'),
      );
      expect(fieldsOf(simulated)).to.deep.equal(real);
    });

    it(`has in all other answers only fields that a real ${folder} gives`, async () => {
      simulator = await startSimulator({ containers: 0, engine });
      simulator.containers.add({ name: 'web' });
      const pages = {
        '/containers/web/json': `inspect/${name}`,
        '/containers/json': 'containers',
        '/images/json': 'images',
        '/networks': 'networks',
        '/info': 'info',
        '/version': 'version',
      };
      for (const [path, file] of Object.entries(pages)) {
        const simulated = first(await askJson(simulator, path));
        const real = fieldsOf(first(await readFixture(`${folder}/${file}`)));
        expect(real, path).to.include.members(fieldsOf(simulated));
      }
    });
  }
});

/** The first item of a list, or the value itself. */
function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}
