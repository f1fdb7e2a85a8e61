import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { bundle } from '../../deploy/bundle.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startAgent } from '../support/agent-process.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/process.ts';

/** The packages that are loaded with this chunk at the latest. */
function packagesWith(chunk: string, { outputs }: Metafile): string[] {
  const chunks = new Set([chunk]);
  for (const path of chunks) {
    const imports = outputs[path]?.imports ?? [];
    for (const { kind, external, path: imported } of imports)
      if (kind === 'import-statement' && external !== true) chunks.add(imported);
  }
  const inputs = [...chunks].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  return inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
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

  const chunks = (): string[] => Object.keys(metafile.outputs);
  const mainChunk = (): string => chunks().find((path) => path.endsWith('/main.js')) ?? '';

  it('tells what it was built from', async () => {
    expect(await run(process.execPath, [program, '--version'])).to.match(
      /^docker-stats-exporter 9\.8\.7 \(commit c0ffee, built 2026-01-02T03:04:05Z, Node\.js v\S+\)\n$/,
    );
  });

  it('starts without ssh2, which ssh:// hosts load', () => {
    expect(packagesWith(mainChunk(), metafile))
      .to.include.members(['dockerode', 'winston', 'convict'])
      .and.not.include('ssh2');
    expect(chunks().filter((chunk) => packagesWith(chunk, metafile).includes('ssh2'))).to.have.lengthOf(1);
  });

  it('has nothing in it that only builds of images need', () => {
    const all = chunks().flatMap((chunk) => packagesWith(chunk, metafile));
    expect(all).not.to.include.oneOf(['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'tar-fs']);
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
    expect(String(reason['reason'])).to.contain('ssh 127.0.0.1:9: connect ECONNREFUSED');
    await agent.stop();
  });
});
