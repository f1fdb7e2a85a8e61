import { expect } from 'chai';
import { testBuild } from '../support/pipeline.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';
import { kubernetesMetrics, swarmMetrics } from '../../lib/metrics/catalogue/orchestrator.ts';
import type { MetricGroup } from '../../lib/metrics/metric.ts';
import { testResources } from '../support/resources.ts';

const task = containerFacts({
  name: 'shop_web.1.abc',
  labels: {
    'com.docker.stack.namespace': 'shop',
    'com.docker.swarm.node.id': 'node',
    'com.docker.swarm.service.name': 'shop_web',
    'com.docker.swarm.task': '',
    'com.docker.swarm.task.id': 'abc',
  },
});
const kubelet = (container: string, type: string) =>
  containerFacts({
    name: `k8s_${container}_web-0_shop_uid_0`,
    labels: {
      'io.kubernetes.container.name': container,
      'io.kubernetes.docker.type': type,
      'io.kubernetes.pod.name': 'web-0',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'uid',
    },
  });
const snapshot = snapshotOf({
  containers: [containerFacts(), task, kubelet('web', 'container'), kubelet('POD', 'podsandbox')],
});

function labelsOf(group: MetricGroup): object[] {
  const found: object[] = [];
  group.read({ snapshot, build: testBuild }, (_, value, { attributes }) => {
    expect(value).to.equal(1);
    expect(Object.keys(attributes)).to.deep.equal(group.labels);
    found.push(attributes);
  });
  return found;
}

describe('what an orchestrator says of its containers', () => {
  it('has service, stack, task and node of a Swarm task, and no series of other containers', () => {
    expect(labelsOf(swarmMetrics)).to.deep.equal([
      {
        container_name: 'shop_web.1.abc',
        compose_service: '',
        compose_project: '',
        image: 'nginx:1.27',
        swarm_service: 'shop_web',
        swarm_stack: 'shop',
        swarm_task_id: 'abc',
        swarm_node_id: 'node',
      },
    ]);
  });

  it("has pod, namespace and container of a kubelet's containers, and tells pause containers from them", () => {
    const [web, pause, ...others] = labelsOf(kubernetesMetrics);
    expect(web).to.include({ namespace: 'shop', pod: 'web-0', container: 'web', pod_uid: 'uid', type: 'container' });
    expect(pause).to.include({ namespace: 'shop', pod: 'web-0', container: 'POD', type: 'podsandbox' });
    expect(others).to.deep.equal([]);
  });

  it('is in the resource that is pushed, as the conventions for Kubernetes name it', () => {
    const resources = testResources();
    const [web, pause] = snapshot.containers.slice(2).map((container) => resources.container(container, snapshot));
    const pod = { 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'web-0', 'k8s.pod.uid': 'uid' };
    expect(web).to.include({ ...pod, 'k8s.container.name': 'web' });
    expect(pause).to.include(pod).and.not.have.property('k8s.container.name');
  });
});
