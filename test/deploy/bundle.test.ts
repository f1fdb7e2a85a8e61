import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Metafile, transform } from 'esbuild';
import { bundle } from '../../deploy/bundle.ts';
import { bundledPackages } from '../../deploy/packages.ts';
import { sbomOf } from '../../deploy/sbom.ts';
import { productionEnvironment, productionFlags } from '../bench/production.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startAgent } from '../support/agent-process.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/process.ts';

function packagesIn({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  return inputs.flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
}

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '';
}

describe('the bundle', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'exporter-bundle-'));
  const program = join(folder, 'main.js');
  let metafile: Metafile;
  before('is made', async () => {
    metafile = await bundle({ folder, version: '9.8.7', commit: 'c0ffee', buildDate: '2026-01-02T03:04:05Z' });
  });
  after('is removed', () => rmSync(folder, { recursive: true }));

  it('tells what it was built from', async () => {
    expect(await run(process.execPath, [program, '--version'])).to.match(
      /^docker-stats-exporter 9\.8\.7 \(commit c0ffee, built 2026-01-02T03:04:05Z, Node\.js v\S+\)\n$/,
    );
  });

  it('leaves out what dockerode needs only to build images and for SSH of its own', () => {
    expect(packagesIn(metafile))
      .to.include.members(['dockerode', 'docker-modem'])
      .and.not.include.oneOf(['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'tar-fs', 'ssh2']);
  });

  it('leaves out what undici needs only for HTTP/2 and for forms', () => {
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).to.include('node_modules/undici/lib/dispatcher/client.js');
    expect(inputs.filter((path) => /undici.*(client-h2|web\/)/.test(path))).to.deep.equal([]);
  });

  it('has the licenses of all that is in it, and a bill of just those materials', () => {
    const names = [...new Set(packagesIn(metafile))];
    const licenses = readFileSync(join(folder, 'licenses.txt'), 'utf8');
    const titles = [...licenses.matchAll(/^== (\S+) \d/gm)].map(([, name]) => name);
    expect(titles).to.have.members(names);
    const { components, metadata, dependencies } = JSON.parse(sbomOf(bundledPackages(metafile), '9.8.7'));
    expect(components.map(({ name }: { name: string }) => name)).to.have.members(names);
    expect(components.every(({ licenses: each }: { licenses?: unknown[] }) => each?.length === 1)).to.equal(true);
    expect(metadata.component).to.include({ name: 'docker-stats-exporter', version: '9.8.7', type: 'application' });
    expect(dependencies).to.have.length(components.length + 1);
  });

  it('runs under flags of its own as the command of npm and of the image', async () => {
    const engine = await startSimulator({ containers: 1 });
    const agent = await startAgent({
      args: ['--docker.host', engine.host],
      command: [process.execPath, join(folder, 'launcher.js')],
    });
    const command = readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8').split('\0');
    expect(command.slice(1, productionFlags().length + 1))
      .to.deep.equal(productionFlags())
      .and.include('--disable-sigusr1');
    const environment = readFileSync(`/proc/${agent.pid}/environ`, 'utf8').split('\0');
    const variables = Object.entries(productionEnvironment()).map((pair) => pair.join('='));
    expect(environment).to.include.members(variables).and.include('MALLOC_ARENA_MAX=1');
    expect(agent.stderr()).to.equal('');
    expect(await agent.stop()).to.deep.equal({ code: 0, signal: undefined });
    await engine.stop();
  });

  it('says in one line that Node.js is too old, before anything else of it is read', () => {
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    copyFileSync(join(folder, 'launcher.js'), join(alone, 'launcher.mjs'));
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;
    // The real thing where the machine has it, as Debian 13 does.
    const commands = [
      [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
      ...(/^v(18|20)\./.test(versionOf('/usr/bin/node')) ? [['/usr/bin/node']] : []),
    ];
    for (const [node = '', ...flags] of commands) {
      const { status, stdout, stderr } = spawnSync(node, [...flags, join(alone, 'launcher.mjs')], { encoding: 'utf8' });
      expect(stderr).to.match(/^docker-stats-exporter needs Node\.js >= 22\.18, this is v\S+\n$/);
      expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
    }
  });

  it('refuses a settings file that could fill the heap of the smallest container, with the heap of that', () => {
    const file = join(folder, 'hostile.yaml');
    // The parser takes the most for errors, and may get 10,000 tokens.
    for (const text of ['['.repeat(20_000), ']'.repeat(9_999), '{}'.repeat(4_999), '- '.repeat(4_999)]) {
      writeFileSync(file, text);
      const args = ['--max-old-space-size=28', program, '--check-config', '--config', file];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stderr.trimEnd().split('\n'), text.slice(0, 2)).to.have.length(1);
      expect(stderr).to.match(/not valid YAML|has more than 10000 YAML tokens/);
      expect(status).to.equal(1);
    }
  });

  it('has a launcher that Node.js 18 can parse', async () => {
    const launcher = readFileSync(join(folder, 'launcher.js'), 'utf8');
    const { code } = await transform(launcher, { format: 'esm', target: 'node18', minifyWhitespace: true });
    const { code: unchanged } = await transform(launcher, { format: 'esm', minifyWhitespace: true });
    expect(code).to.equal(unchanged);
  });

  it('serves the metrics that a checkout serves, and says nothing on stderr', async () => {
    const engine = await startSimulator({ containers: 3 });
    const args = ['--docker.host', engine.host];
    const [bundled, checkout] = [
      await startAgent({ args, command: [process.execPath, program] }),
      await startAgent({ args }),
    ];
    const names = async (agent: typeof bundled): Promise<string[]> => [...(await agent.metrics()).families.keys()];
    expect(await names(bundled))
      .to.have.members(await names(checkout))
      .and.include('container_memory_usage_bytes');
    expect(bundled.stderr()).to.equal('');
    await Promise.all([bundled.stop(), checkout.stop(), engine.stop()]);
  });

  it('speaks TCP without a word about deprecated calls of its libraries', async () => {
    const agent = await startAgent({
      args: ['--docker.host', 'tcp://127.0.0.1:9'],
      command: [process.execPath, program],
    });
    expect((await agent.metrics()).value('exporter_up')).to.equal(0);
    expect(agent.stderr()).to.equal('');
    await agent.stop();
  });

  it('still knows ssh://', async () => {
    const agent = await startAgent({
      args: ['--docker.host', 'ssh://somebody@127.0.0.1:9'],
      command: [process.execPath, program],
    });
    expect((await agent.metrics()).value('exporter_up')).to.equal(0);
    const reason = await eventually('the log tells', () =>
      agent.log().find(({ message }) => message === 'Docker daemon not reachable'),
    );
    expect(String(reason['reason'])).to.contain(
      'ssh 127.0.0.1:9: connect to host 127.0.0.1 port 9: Connection refused',
    );
    await agent.stop();
  });
});
