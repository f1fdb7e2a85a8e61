import { expect } from 'chai';
import type { Attributes } from '@opentelemetry/api';
import { parseWholePattern } from '../../lib/config/patterns.ts';
import { selectLabels } from '../../lib/metrics/container-labels.ts';
import type { ContainerFacts } from '../../lib/snapshot/facts.ts';
import { type ResourceOptions, splitReference } from '../../lib/telemetry/resources.ts';
import { testResources } from '../support/resources.ts';
import { sdkWarnings } from '../support/sdk-warnings.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';

describe("a container's resource", () => {
  const id = 'a'.repeat(64);
  const attributesOf = (facts: Partial<ContainerFacts>, options: Partial<ResourceOptions> = {}): Attributes => {
    const container = containerFacts({ id, name: 'box', ...facts });
    const resources = testResources(options);
    return resources.container(container, snapshotOf({ containers: [container] }));
  };
  const swarm = { 'com.docker.swarm.service.name': 'shop_web', 'com.docker.stack.namespace': 'shop' };

  it('is the service of Compose, in the namespace of its project', () => {
    expect(attributesOf({ composeService: 'web', composeProject: 'shop', labels: swarm })).to.include({
      'service.name': 'web',
      'service.namespace': 'shop',
      'service.instance.id': id,
    });
  });

  it('is the service of Swarm, in the namespace of its stack', () => {
    expect(attributesOf({ labels: swarm })).to.include({ 'service.name': 'shop_web', 'service.namespace': 'shop' });
  });

  it('is a service under its own name elsewhere, without a namespace', () => {
    const attributes = attributesOf({}, { attributes: new Map([['service.namespace', 'ops']]) });
    expect(attributes).to.include({ 'service.name': 'box', 'service.instance.id': id });
    expect(attributes).to.not.have.property('service.namespace');
  });

  it('has the labels whose whole key a pattern matches', () => {
    const labels = { team: 'ops', 'team.lead': 'ada', 'app/tier': 'ün "x"\n', secret: 's' };
    const attributes = attributesOf(
      { labels },
      { selectedLabels: selectLabels(['team', '(?i)APP/.+'].map(parseWholePattern)) },
    );
    const shown = Object.entries(attributes).filter(
      ([name]) => name.startsWith('container.label.') && !name.includes('compose'),
    );
    expect(Object.fromEntries(shown)).to.deep.equal({
      'container.label.team': 'ops',
      'container.label.app/tier': 'ün "x"\n',
    });
  });

  it('is no service where only the identity of containers is wanted', () => {
    const names = Object.keys(attributesOf({ composeService: 'web', labels: swarm }, { identity: 'container' }));
    expect(names.filter((name) => name.startsWith('service.'))).to.deep.equal([]);
  });

  it('has the id of its image, and the digest that the reference names', () => {
    const digest = `sha256:${'b'.repeat(64)}`;
    const attributes = attributesOf({ image: `registry.test/nginx@${digest}`, imageId: 'sha256:0' });
    expect(attributes).to.deep.include({
      'container.image.id': 'sha256:0',
      'container.image.repo_digests': [`registry.test/nginx@${digest}`],
    });
  });

  it('has no attribute without a value, of which the SDK would warn at every push', async () => {
    const warnings = await sdkWarnings(() => {
      expect(Object.values(attributesOf({ image: '', imageId: '' }))).to.not.include(undefined);
      expect(testResources().exporter(snapshotOf())).to.not.have.property('host.name');
    });
    expect(warnings).to.deep.equal([]);
  });
});

describe('splitReference', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  const references: readonly (readonly [string, string, readonly string[], string?])[] = [
    ['nginx', 'nginx', ['latest']],
    ['nginx:1.27-alpine', 'nginx', ['1.27-alpine']],
    ['registry.example.com:5000/shop/api:4.18.0', 'registry.example.com:5000/shop/api', ['4.18.0']],
    ['registry.example.com:5000/shop/api', 'registry.example.com:5000/shop/api', ['latest']],
    [`nginx@${id}`, 'nginx', [], id],
    [`nginx:1.27@${id}`, 'nginx', ['1.27'], id],
    [id, id, []],
    ['', '', []],
  ];
  for (const [reference, name, tags, digest] of references) {
    it(`finds ${JSON.stringify(name)} and ${JSON.stringify(tags)} in ${JSON.stringify(reference)}`, () => {
      expect(splitReference(reference)).to.deep.equal({ name, tags, digest });
    });
  }
});
