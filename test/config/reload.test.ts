import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { startAgent } from '../support/agent-process.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/process.ts';

describe('the agent whose settings change', () => {
  let engine: Simulator;
  let agent: TestAgent;
  let folder: string;
  let file: string;

  const write = (yaml: string): void => writeFileSync(file, yaml);
  const start = async (yaml: string, ...args: string[]): Promise<void> => {
    write(yaml);
    agent = await startTestAgent(['--docker.host', engine.host, '--config', file, ...args]);
  };
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reloading-'));
    file = join(folder, 'config.yaml');
    engine = await startSimulator({ containers: 10 });
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
    await rm(folder, { recursive: true });
  });

  it('takes over filters, log level, global labels and credentials, and fails no scrape meanwhile', async () => {
    await start('logging: {level: info}\n');
    const user = basic('ann', 'new');
    const statuses = new Set<number>();
    const stopped = new AbortController();
    const client = async (): Promise<void> => {
      while (!stopped.signal.aborted) statuses.add((await agent.get('/metrics', user)).status);
    };
    const clients = [client(), client(), client(), client()];
    const hash = hashSync('new', 4);
    for (let round = 0; round < 20; round += 1) {
      const names = round % 2 === 0 ? '[]' : '[shop]';
      write(
        `collection: {filters: {exclude: {names: ${names}}}}\nlogging: {level: warn}\nmetrics: {global_labels: {round: ${round}}}\n` +
          `server: {auth: {enabled: true, username: ann, password_hash: "${hash}"}}\n`,
      );
      agent.reload();
      await agent.metrics(user);
    }
    stopped.abort();
    await Promise.all(clients);
    expect(statuses).to.deep.equal(new Set([200]));
    const metrics = await agent.metrics(user);
    const shown = metrics.select('container_info').map(({ labels }) => labels.get('container_name') ?? '');
    expect(shown.length).to.be.greaterThan(0);
    expect(shown.filter((name) => name.includes('shop'))).to.deep.equal([]);
    expect(metrics.value('exporter_up', { round: '19' })).to.equal(1);
    expect((await agent.get('/metrics')).status).to.equal(401);
    expect((await agent.get('/health')).status).to.equal(200);
  });

  it('notices that the file changed', async () => {
    await start('');
    const before = (await agent.metrics()).value('exporter_config_last_reload_success_timestamp_seconds');
    write('metrics: {namespace: lab}\n');
    const metrics = await eventually('the namespace', async () => {
      const { families, value } = await agent.metrics();
      return families.has('lab_exporter_up') && value;
    });
    expect(metrics('lab_exporter_config_last_reload_success_timestamp_seconds')).to.be.greaterThan(before ?? Infinity);
  });

  it('reads the password file anew, and forgets the old password', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'old\n');
    await start(`server: {auth: {enabled: true, username: ann, password_file: ${passwordFile}}}\n`);
    expect((await agent.get('/metrics', basic('ann', 'old'))).status).to.equal(200);
    writeFileSync(passwordFile, 'new, and longer\n');
    await eventually('the new password', async () => {
      return (await agent.get('/metrics', basic('ann', 'new, and longer'))).status === 200;
    });
    const refused = await agent.get('/metrics', basic('ann', 'old'));
    expect(refused.status).to.equal(401);
    expect(refused.headers.get('www-authenticate')).to.equal('Basic realm="docker-stats-exporter", charset="UTF-8"');
  });

  it('keeps the old settings when the file is bad, says every problem, and recovers', async () => {
    await start('metrics: {global_labels: {site: north}}\n');
    write(
      'metrics: {global_labels: {site: south}}\nserver: {port: 99999}\ncollection: {filters: {include: {names: ["("]}}}\n',
    );
    agent.reload();
    const metrics = await agent.metrics();
    expect(metrics.value('exporter_config_last_reload_successful')).to.equal(0);
    expect(metrics.value('exporter_up', { site: 'north' })).to.equal(1);
    const problems = agent.log.filter(({ message }) => message === 'invalid settings, keeping the current ones');
    expect(problems.map(({ problem }) => String(problem).replace(/ \(.*/, ''))).to.deep.equal([
      'server.port = "99999"',
      'collection.filters.include.names = "("',
    ]);
    write('');
    agent.reload();
    expect((await agent.metrics()).value('exporter_config_last_reload_successful')).to.equal(1);
  });

  it('names what needs a restart', async () => {
    await start('');
    write('collection: {timeout: 9s}\nlogging: {level: warn, format: text}\n');
    agent.reload();
    const warning = agent.log.find(
      ({ message }) => message === 'some changed settings take effect only after a restart',
    );
    expect(warning?.keys).to.deep.equal(['collection.timeout', 'logging.format']);
  });

  it('sends the headers of a web config file, and lets in its users', async () => {
    const web = join(folder, 'web.yml');
    writeFileSync(
      web,
      `http_server_config: {headers: {X-Frame-Options: deny}}\nbasic_auth_users: {ann: "${hashSync('one', 4)}", bob: "${hashSync('two', 4)}"}\n`,
    );
    await start('', '--web.config.file', web);
    for (const path of ['/', '/metrics', '/version', '/api/containers', '/nothing']) {
      const refused = await agent.get(path);
      expect(refused.status, path).to.equal(401);
      expect(refused.headers.get('x-frame-options')).to.equal('deny');
    }
    expect((await agent.get('/', basic('ann', 'one'))).status).to.equal(200);
    expect((await agent.get('/', basic('bob', 'two'))).status).to.equal(200);
    expect((await agent.get('/', basic('bob', 'one'))).status).to.equal(401);
  });
});

describe('the command on SIGHUP', () => {
  it('reads its settings anew and runs on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reloading-'));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, '');
    const engine = await startSimulator({ containers: 1 });
    const agent = await startAgent({ args: ['--docker.host', engine.host, '--config', file] });
    await agent.metrics();
    process.kill(agent.pid, 'SIGHUP');
    await eventually('the reload', () => agent.log().some(({ message }) => message === 'settings reloaded'));
    expect((await agent.metrics()).value('exporter_up')).to.equal(1);
    await agent.stop();
    await engine.stop();
    await rm(folder, { recursive: true });
  });

  it('runs on with what it had where the file became a pipe, or more brackets than its heap holds', async function () {
    this.timeout(30_000);
    const folder = await mkdtemp(join(tmpdir(), 'reloading-'));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, '');
    const engine = await startSimulator({ containers: 1 });
    const command = [process.execPath, '--max-old-space-size=32', 'lib/main.ts'] as const;
    const agent = await startAgent({ command: [...command], args: ['--docker.host', engine.host, '--config', file] });
    const refuse = async (): Promise<void> => {
      const refusals = (): number => agent.log().filter(({ message }) => message.startsWith('invalid settings')).length;
      const before = refusals();
      process.kill(agent.pid, 'SIGHUP');
      await eventually('the refusal', () => refusals() > before, { within: 5_000 });
    };
    try {
      writeFileSync(file, '['.repeat(20_000));
      await refuse();
      rmSync(file);
      await run('mkfifo', [file]);
      await refuse();
      expect((await agent.metrics()).value('exporter_config_last_reload_successful')).to.equal(0);
    } finally {
      await agent.stop('SIGKILL');
      await engine.stop();
      await rm(folder, { recursive: true });
    }
  });
});
