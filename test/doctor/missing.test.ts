import { expect } from 'chai';
import { missingWithout } from '../../lib/doctor/missing.ts';
import { exampleSnapshot } from '../../lib/doctor/example.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { buildInfo } from '../../lib/build-info.ts';

describe('the metrics that are missing without an endpoint', () => {
  it('are read from an example that has every metric of containers and of the engine', () => {
    const shown = new Set<string>();
    const ofEngine = catalogue.filter(({ subject }) => subject !== 'exporter');
    for (const { read } of ofEngine) {
      read({ snapshot: exampleSnapshot, build: buildInfo, selectedLabels: Object.entries }, ({ name }) =>
        shown.add(name),
      );
    }
    expect([...shown]).to.have.members(ofEngine.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  });

  it('are named one by one, or by their beginning where all that begin so are missing', () => {
    expect(missingWithout(({ ...snapshot }) => ({ ...snapshot, disk: undefined }))).to.equal(
      'docker_disk_*, docker_volume_size_bytes',
    );
    expect(missingWithout((snapshot) => snapshot)).to.equal('');
  });
});
