import { expect } from 'chai';
import { parseWholePattern } from '../../lib/config/patterns.ts';
import { cadvisorName, kubeStateName, namedLabels, selectLabels } from '../../lib/metrics/container-labels.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';

describe('the names of container labels', () => {
  const names: readonly (readonly [key: string, kubeState: string, cadvisor: string])[] = [
    ['team', 'label_team', 'container_label_team'],
    ['com.docker.compose.project', 'label_com_docker_compose_project', 'container_label_com_docker_compose_project'],
    ['app.kubernetes.io/partOf', 'label_app_kubernetes_io_part_of', 'container_label_app_kubernetes_io_partOf'],
    ['9lives', 'label_9lives', 'container_label_9lives'],
    ['größe 🦊', 'label_gr__e__', 'container_label_gr__e__'],
    ['', 'label_', 'container_label_'],
  ];
  for (const [key, kubeState, cadvisor] of names) {
    it(`are ${kubeState} and ${cadvisor} for ${JSON.stringify(key)}`, () => {
      expect(kubeStateName(key)).to.equal(kubeState);
      expect(cadvisorName(key)).to.equal(cadvisor);
    });
  }

  it('are told apart where keys get the same one, in the order of the keys', () => {
    const labels = [
      ['b', '0'],
      ['a/b', '1'],
      ['a.b', '2'],
      ['a-b', '3'],
    ] as const;
    expect(namedLabels(labels, kubeStateName)).to.deep.equal({
      label_b: '0',
      label_a_b_conflict1: '3',
      label_a_b_conflict2: '2',
      label_a_b_conflict3: '1',
    });
  });

  it('never take a name that another key has by itself', () => {
    const labels = ['a.b', 'a-b', 'a.b.conflict1'].map((key) => [key, key] as const);
    expect(namedLabels(labels, kubeStateName)).to.deep.equal({
      label_a_b_conflict1: 'a.b.conflict1',
      label_a_b_conflict2: 'a-b',
      label_a_b_conflict3: 'a.b',
    });
  });
});

describe('the selection of container labels', () => {
  it('takes those whose whole key a pattern matches', () => {
    const labels = { team: 'ops', 'team.lead': 'ada', STAGE: 'test' };
    expect(selectLabels(['team|x', '(?i)stage'].map(parseWholePattern))?.(labels)).to.deep.equal([
      ['team', 'ops'],
      ['STAGE', 'test'],
    ]);
  });

  it('is none without patterns', () => {
    expect(selectLabels([])).to.equal(undefined);
  });
});

describe('container_labels', () => {
  it('has every container, so that a join loses none, and is not there unless labels are chosen', async () => {
    const engine = await startSimulator({ containers: 0 });
    engine.containers.add({ name: 'ops', labels: { team: 'ops', secret: 'x' } });
    engine.containers.add({ name: 'other', labels: {} });
    const agents = await Promise.all([
      startTestAgent(['--docker.host', engine.host, '--metrics.container_labels', 'team']),
      startTestAgent(['--docker.host', engine.host]),
    ]);
    const [chosen, none] = await Promise.all(agents.map((agent) => agent.metrics()));
    await Promise.all(agents.map((agent) => agent.stop()));
    await engine.stop();
    const shown = chosen
      ?.select('container_labels')
      .map(({ labels }) => [labels.get('container_name'), labels.get('label_team')]);
    expect(shown).to.have.deep.members([
      ['ops', 'ops'],
      ['other', undefined],
    ]);
    expect(JSON.stringify([...(chosen?.families.keys() ?? [])])).not.to.include('secret');
    expect(none?.select('container_labels')).to.deep.equal([]);
  });
});
