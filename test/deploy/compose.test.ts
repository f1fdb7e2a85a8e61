import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { permissions } from '../../lib/doctor/permissions.ts';
import { run } from '../support/process.ts';
import { requireTools } from '../support/tools.ts';

const repository = new URL('../..', import.meta.url).pathname;
const files = ['docker-compose.yml', 'deploy/sidecar/docker-compose.yml'];

interface Service {
  readonly image: string;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly [setting: string]: unknown;
}

const { services }: { services: Record<string, Service> } = parse(
  readFileSync(`${repository}docker-compose.yml`, 'utf8'),
  { merge: true },
);

describe('the compose files', () => {
  for (const [name, service] of Object.entries(services)) {
    it(`give ${name} a pinned version, a health check where it can have one, and no rights to spare`, () => {
      expect(service.image).to.match(/:v?\d+\.\d+\.\d+$/);
      expect(service).to.deep.include({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      });
      if (name !== 'otel-collector') expect(service).to.have.property('healthcheck');
    });
  }

  it("let the socket proxy alone see the engine's socket, and nobody but the exporter see the proxy", () => {
    const names = Object.keys(services);
    const seesSocket = (name: string): boolean => services[name]?.volumes?.join().includes('/var/run') ?? false;
    expect(names.filter(seesSocket)).to.deep.equal(['socket-proxy']);
    expect(names.filter((name) => services[name]?.networks?.includes('engine'))).to.deep.equal([
      'socket-proxy',
      'exporter',
    ]);
  });

  it('publish the exporter, Prometheus and Grafana, to this machine alone', () => {
    const published = Object.fromEntries(Object.entries(services).map(([name, { ports = [] }]) => [name, ports]));
    expect(published).to.deep.equal({
      'socket-proxy': [],
      exporter: ['127.0.0.1:9200:9200'],
      prometheus: ['127.0.0.1:9090:9090'],
      grafana: ['127.0.0.1:3000:3000'],
      'otel-collector': [],
    });
  });

  it("mount the folder of the engine's socket, so that a new socket is found", () => {
    for (const file of files) {
      const { services: all }: { services: Record<string, Service> } = parse(
        readFileSync(`${repository}${file}`, 'utf8'),
        { merge: true },
      );
      const mounting = Object.values(all).filter(({ volumes = [] }) => volumes.join().includes('/var/run'));
      expect(mounting).to.have.lengthOf(1);
      for (const { volumes, environment = {} } of mounting) {
        expect(volumes).to.include('/var/run:/run/docker-engine:ro');
        expect(environment['SOCKET_PATH'] ?? environment['DOCKER_HOST']).to.match(
          /\/run\/docker-engine\/docker\.sock$/,
        );
      }
    }
  });

  it('have the proxy permit what doctor asks for by default, and nothing else', () => {
    const byDefault = permissions.filter(({ collector }) => collector !== 'disk');
    const { environment = {} } = services['socket-proxy'] ?? {};
    const permitted = Object.keys(environment).filter((variable) => environment[variable] === 1);
    expect(permitted).to.have.members([...new Set(byDefault.map(({ variable }) => variable))]);
    expect(environment).to.include({ POST: 0 });
  });

  it('are understood by docker-compose', async function () {
    this.timeout(120_000);
    requireTools(this, 'docker-compose');
    for (const file of files) {
      const env = { ...process.env, DOCKER_GID: '999' };
      expect(await run('docker-compose', ['--file', file, 'config'], { cwd: repository, env })).to.contain('services:');
    }
  });
});
