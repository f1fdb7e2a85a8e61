import { expect } from 'chai';
import { useAgent, useEngine } from './suite.ts';

describe('npm start, on a real engine', function () {
  this.timeout(30_000);
  const engine = useEngine();
  const agent = useAgent(engine, { command: ['npm', '--silent', 'start', '--'] });

  it('serves the containers of the engine', async () => {
    await engine().runContainer('one', [], 'sleep', '1000');
    const scrape = await agent().metrics();
    expect(scrape.value('exporter_up')).to.equal(1);
    expect(scrape.value('container_pids_current', { container_name: 'one' })).to.equal(1);
  });

  it('ends when npm is told to', async () => {
    expect(await agent().stop('SIGTERM')).to.deep.equal({ code: 0, signal: undefined });
    const refused = await agent()
      .get('/health')
      .catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal('ECONNREFUSED');
  });
});
