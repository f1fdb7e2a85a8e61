import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { AgentProcess } from '../support/agent-process.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

describeOnEngines('two containers that share a network', function (version) {
  this.timeout(60_000);
  const engine = useEngine({ version });
  const once = useAgent(engine);
  const each = useAgent(engine, { args: ['--collection.shared_network', 'each'] });
  const withoutOwner = useAgent(engine, { args: ['--collection.filters.exclude.names', '^vpn$'] });
  const metric = 'container_network_receive_bytes_total';

  before('traffic through one of them', async () => {
    await engine().docker('network', 'create', 'line');
    await engine().runContainer('vpn', ['--network', 'line'], 'sleep', '1000');
    await engine().runContainer('torrent', ['--network', 'container:vpn'], 'nc', '-ll', '-p', '9000', '-e', 'wc', '-c');
    await engine().runContainer('peer', ['--network', 'line'], 'sleep', '1000');
    const send = 'until dd if=/dev/zero bs=1M count=4 | nc vpn 9000; do sleep 0.1; done';
    expect(await engine().docker('exec', 'peer', 'sh', '-c', send)).to.equal(String(4 * 1024 * 1024));
  });

  /** What the kernel counts at an interface of a container. */
  const counted = async (container: string): Promise<number> =>
    Number(await engine().docker('exec', container, 'cat', '/sys/class/net/eth0/statistics/rx_bytes'));

  /** The sum over all containers, by whose series it is made of. */
  const shown = async (agent: AgentProcess): Promise<Readonly<Record<string, number>>> => {
    const samples = (await agent.metrics()).select(metric, { interface: 'eth0' });
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.get('container_name') ?? '', value]));
  };

  it('have its counters once, at the owner, so that a sum over all is what the interfaces counted', async () => {
    await eventually('the network is at rest', async () => {
      const expected = { vpn: await counted('vpn'), peer: await counted('peer') };
      expect(await shown(once())).to.deep.equal(expected);
      expect(expected.vpn).to.be.greaterThan(4 * 1024 * 1024);
      return true;
    });
  });

  it('have them at the other one where the owner is filtered out', async () => {
    expect(Object.keys(await shown(withoutOwner()))).to.have.members(['torrent', 'peer']);
  });

  it('have them at each where that is asked for', async () => {
    const values = await shown(each());
    expect(Object.keys(values)).to.have.members(['vpn', 'torrent', 'peer']);
    expect(values['torrent']).to.equal(values['vpn']);
  });

  it('have them once on the page too', async () => {
    const response = await fetch(`http://127.0.0.1:${once().port}/api/containers`);
    const { containers }: { containers: readonly { name: string; received?: number }[] } = JSON.parse(
      await response.text(),
    );
    const withTraffic = containers.filter(({ received }) => received !== undefined).map(({ name }) => name);
    expect(withTraffic).to.have.members(['vpn', 'peer']);
  });

  it('leave the other one without figures once the owner is removed, which is counted and named, and costs no more calls', async () => {
    await engine().docker('rm', '--force', 'vpn');
    const error = 'runs without figures: its stats say that it does not run, its inspection that it does';
    await eventually('the problem is named', async () => {
      await once().metrics();
      return once()
        .log()
        .some((line) => line.subject === 'torrent' && line.error === error);
    });
    const [before, after] = [await once().metrics(), await once().metrics()];
    const grew = (name: string, labels: Readonly<Record<string, string>>): number =>
      (after.value(name, labels) ?? 0) - (before.value(name, labels) ?? 0);
    expect(grew('exporter_scrape_errors_total', { collector: 'container' })).to.equal(1);
    expect(grew('exporter_engine_requests_total', { endpoint: 'inspect', outcome: 'ok' })).to.equal(0);
    expect(
      once()
        .log()
        .filter((line) => line.error === error),
    ).to.have.length(1);
    expect(await engine().docker('inspect', '--format', '{{.State.Running}}', 'torrent')).to.equal('true');
  });
});
