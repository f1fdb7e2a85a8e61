import { expect } from 'chai';
import type { EngineEvent } from '../../lib/docker/events.ts';
import { keptLabels, labelsIn, labelsOf, ownNumber } from '../../lib/inventory/labels.ts';
import { noFilters, noRules } from '../support/pipeline.ts';

const event = (action: string, attributes: Readonly<Record<string, string>>): EngineEvent => ({
  type: 'container',
  action,
  id: 'a',
  attributes,
  timeNano: 1,
});

describe('the labels that are kept', () => {
  it('are those of Compose and orchestrators, of filters, and those that are shown', () => {
    let filters = noFilters;
    const keepLabel = keptLabels(
      () => filters,
      (key) => key.startsWith('shown.'),
    );
    const labels = {
      'com.docker.compose.project': 'shop',
      'io.kubernetes.pod.name': 'web-1',
      'shown.version': '7',
      tier: 'front',
      other: 'x',
    };
    const { tier, other, ...always } = labels;
    expect(labelsIn(labels, keepLabel)).to.deep.equal(always);
    for (const side of ['include', 'exclude'] as const) {
      filters = { ...noFilters, [side]: { ...noRules, labels: [{ key: 'tier', value: 'back' }] } };
      expect(labelsIn(labels, keepLabel)).to.deep.equal({ ...always, tier });
    }
    expect(other).to.equal('x');
  });

  it('are texts, whatever they are called', () => {
    const labels = JSON.parse('{"__proto__": "a", "constructor": "b", "count": 7, "half\\ud800": "c"}');
    expect(Object.entries(labelsIn(labels, () => true))).to.deep.equal([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['half\ufffd', 'c'],
    ]);
    for (const none of [undefined, null, 'text', 7]) expect(labelsIn(none, () => true)).to.deep.equal({});
  });

  it('are all attributes of an event but those that the engine adds to such an event', () => {
    const attributes = { image: 'a', name: 'b', exitCode: '1', execDuration: '2', signal: '3', tier: 'front' };
    const kept = (action: string): readonly string[] => Object.keys(labelsOf(event(action, attributes), () => true));
    expect(kept('create')).to.have.members(['exitCode', 'execDuration', 'signal', 'tier']);
    expect(kept('die')).to.have.members(['signal', 'tier']);
    expect(kept('kill')).to.have.members(['exitCode', 'execDuration', 'tier']);
  });
});

describe('a number of an event', () => {
  it('is what the engine says', () => {
    expect(ownNumber(event('die', { exitCode: '137' }), 'exitCode', {})).to.equal(137);
  });

  it('is unknown where it is none, or a label hides it', () => {
    for (const exitCode of ['x', 'Infinity']) {
      expect(ownNumber(event('die', { exitCode }), 'exitCode', {})).to.equal(undefined);
    }
    expect(ownNumber(event('die', {}), 'exitCode', {})).to.equal(undefined);
    expect(ownNumber(event('die', { exitCode: '0' }), 'exitCode', { exitCode: '0' })).to.equal(undefined);
  });
});
