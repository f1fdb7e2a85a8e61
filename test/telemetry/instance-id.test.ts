import { expect } from 'chai';
import { type Engine, unknownEngine } from '../../lib/docker/engine.ts';
import { systemFacts } from '../../lib/snapshot/system.ts';
import { stableInstanceId } from '../../lib/telemetry/instance-id.ts';
import { testResources } from '../support/resources.ts';
import { snapshotOf } from '../support/snapshots.ts';

/** A snapshot of an engine that tells such an id. */
function ofEngine(id?: string, product: Engine['product'] = 'docker') {
  return snapshotOf({
    engine: { ...unknownEngine, product },
    system: systemFacts(id === undefined ? {} : { ID: id }, { get: () => undefined }),
  });
}

function instanceOf(resources: ReturnType<typeof testResources>, id?: string): unknown {
  return resources.exporter(ofEngine(id))['service.instance.id'];
}

describe('the instance of the exporter', () => {
  it('is a UUID of version 5 in the namespace of the semantic conventions', () => {
    // As Python has it: uuid.uuid5(uuid.UUID('4d63009a-8d0f-11ee-aad7-4c796ed8e320'), 'a 1')
    expect(stableInstanceId('a 1')).to.equal('dbcfa3bd-19c6-5a52-a356-8ffad9c87d13');
  });

  it('is the same after a restart, and another one for each engine and port', () => {
    const instance = instanceOf(testResources(), 'engine-a');
    expect(instanceOf(testResources(), 'engine-a')).to.equal(instance);
    const others = [instanceOf(testResources(), 'engine-b'), instanceOf(testResources({ port: 9_201 }), 'engine-a')];
    expect(new Set([instance, ...others]).size).to.equal(3);
  });

  it('is that of the host where the engine is Podman, which tells a new id each time', () => {
    const { exporter } = testResources();
    const [one, two] = ['a', 'b'].map((id) => exporter(ofEngine(id, 'podman'))['service.instance.id']);
    expect(one).to.equal(two);
  });

  it('stays while the engine does not tell its id', () => {
    const resources = testResources();
    const instance = instanceOf(resources, 'engine-a');
    expect(instanceOf(resources)).to.equal(instance);
  });
});
