import { expect } from 'chai';
import { faultCases } from './fault-cases.ts';
import { type FaultName, type FaultyCall, faultyCalls, faults, outcomeOf } from './fault-outcomes.ts';

describe('what is shown and said of two containers', () => {
  for (const { call, faults: ways, outcome } of faultCases) {
    for (const fault of ways) {
      it(`is as the table says where ${call} is answered with ${fault}`, async () => {
        expect(await outcomeOf(call, fault)).to.deep.equal(outcome);
      }).timeout(30_000);
    }
  }

  it('is in the table for every call and every kind of failure, once', () => {
    const all = (Object.keys(faultyCalls) as FaultyCall[]).flatMap((call) =>
      (Object.keys(faults) as FaultName[]).map((fault) => `${call} ${fault}`),
    );
    expect(faultCases.flatMap(({ call, faults: ways }) => ways.map((fault) => `${call} ${fault}`))).to.have.members(
      all,
    );
  });
});
