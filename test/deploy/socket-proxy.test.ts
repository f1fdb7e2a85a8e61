import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { startSocketProxy } from '../support/socket-proxy.ts';
import { needsTools } from '../support/tools.ts';

type Variables = Readonly<Record<string, string | number>>;

const { services } = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')) as {
  readonly services: Readonly<Record<'socket-proxy', { readonly environment: Variables }>>;
};

describe("the stack's socket proxy", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'stack-proxy-'));
  needsTools('haproxy');
  after(() => rmSync(folder, { recursive: true }));

  /** What it logs while an agent scrapes 30 containers five times, each time without an error. */
  const logOf = async (variables: Variables): Promise<string> => {
    const socketPath = join(folder, 'docker.sock');
    const engine = await startSimulator({ containers: 30, socketPath });
    const proxy = await startSocketProxy(socketPath, variables);
    const agent = await startTestAgent(['--docker.host', proxy.host]);
    try {
      for (let scrape = 0; scrape < 5; scrape += 1) {
        const metrics = await agent.metrics();
        expect(metrics.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
        expect(metrics.value('exporter_scrape_errors_total', { collector: 'system' })).to.equal(0);
        expect(metrics.select('container_info')).to.have.lengthOf(30);
      }
    } finally {
      await agent.stop();
      await proxy.stop();
      await engine.stop();
    }
    return proxy.log();
  };

  it('permits all that the exporter asks for, and logs none of the requests', async () => {
    expect(await logOf(services['socket-proxy'].environment)).to.not.contain('GET ');
  });

  it('would log every one of them at the level that the image comes with', async () => {
    const log = await logOf({ ...services['socket-proxy'].environment, LOG_LEVEL: 'info' });
    expect(log.match(/"GET /g)?.length).to.be.greaterThan(100);
  });
});
