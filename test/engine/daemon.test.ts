import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { LogLine } from '../support/agent-process.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

describeOnEngines('a daemon that comes and goes', function (version) {
  this.timeout(60_000);
  const engine = useEngine({ started: false, version });
  const agent = useAgent(engine);

  const status = async (path: string): Promise<number> => (await agent().get(path)).status;
  const troubles = (): readonly LogLine[] =>
    agent()
      .log()
      .filter(({ level }) => level === 'warn' || level === 'error');
  const containersShown = async (): Promise<number> => (await agent().metrics()).select('container_info').length;

  /** A verdict is remembered for a second. */
  const expectReady = async (expected: number): Promise<void> => {
    await eventually(`/ready with ${expected}`, async () => (await status('/ready')) === expected);
  };

  const expectDown = async (): Promise<void> => {
    const scrape = await agent().metrics();
    expect(scrape.value('exporter_up')).to.equal(0);
    const names = [...scrape.families.values()].filter(({ samples }) => samples.length > 0).map(({ name }) => name);
    // What was counted so far is not lost with the daemon.
    const counted = /^docker_(events|container_(starts|exits|oom_events|run_seconds))(_total)?$/;
    expect(names.filter((name) => /^(container|docker)_/.test(name) && !counted.test(name))).to.deep.equal([]);
    await expectReady(503);
    expect(await status('/health')).to.equal(200);
  };
  const expectUp = async (): Promise<void> => {
    expect((await agent().metrics()).value('exporter_up')).to.equal(1);
    await expectReady(200);
    expect(await status('/health')).to.equal(200);
  };

  const witnessRuns = (): Promise<boolean> =>
    eventually('the container runs again', () =>
      engine()
        .docker('exec', 'witness', 'true')
        .then(() => true),
    );

  it('is up without a daemon, and says so in one line, however often it is scraped', async () => {
    for (let scrapes = 0; scrapes < 5; scrapes += 1) await expectDown();
    expect(troubles()).to.have.lengthOf(1);
    expect(troubles()[0]?.message).to.match(/not reachable/);
    expect(JSON.stringify(troubles()[0])).to.include(engine().socketPath);
    expect(agent().stderr()).to.equal('');
  });

  it('finds the daemon at the first scrape after it appeared', async () => {
    await engine().start();
    await engine().runContainer('witness', ['--restart', 'always'], 'sleep', '1000');
    await expectUp();
    expect(await containersShown()).to.equal(1);
    expect(troubles()).to.have.lengthOf(1);
  });

  it('outlives a daemon that dies in the middle of a scrape, and finds it again', async () => {
    engine().freeze();
    let finished = false;
    const underWay = agent()
      .metrics()
      .finally(() => (finished = true));
    await sleep(100);
    expect(finished, 'the scrape ended too early').to.equal(false);
    await engine().kill();
    const cutShort = await underWay;
    expect(cutShort.value('exporter_up')).to.equal(0);
    expect(cutShort.select('container_info')).to.deep.equal([]);
    await expectDown();

    await engine().start();
    await witnessRuns();
    await expectUp();
    expect(await containersShown()).to.equal(1);
  });

  it('outlives a daemon that is stopped in an orderly way, and finds it again', async () => {
    await engine().terminate();
    await expectDown();
    await engine().start();
    await witnessRuns();
    await expectUp();
    expect(await containersShown()).to.equal(1);
  });

  it('wrote one line for each time that the daemon went or came', () => {
    const lines = agent()
      .log()
      .filter(({ message }) => /daemon/i.test(message))
      .map(({ message }) => (/not reachable/.test(message) ? 'gone' : 'there'));
    expect(lines).to.deep.equal(['gone', 'there', 'gone', 'there', 'gone', 'there']);
  });

  it('ends at once and with success when it is told to', async () => {
    expect(await agent().stop('SIGTERM')).to.deep.equal({ code: 0, signal: undefined });
  });
});
