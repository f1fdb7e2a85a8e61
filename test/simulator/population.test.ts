import { expect } from 'chai';
import { hasProcesses } from './container.ts';
import { createPopulation } from './population.ts';

const NOW = Date.UTC(2026, 5, 1);

describe('population', () => {
  it('shows every state, health and kind of network among 100 containers, most of them running', () => {
    const containers = createPopulation(100, NOW, false);
    const statuses = containers.map(({ status }) => status);
    expect(statuses).to.include.members(['running', 'paused', 'exited', 'created', 'restarting']);
    expect(statuses.filter((status) => status === 'running').length).to.be.at.least(70);
    expect(containers.map(({ health }) => health)).to.include.members(['starting', 'healthy', 'unhealthy', undefined]);
    const exitCodes = containers.filter(({ status }) => status === 'exited').map(({ exitCode }) => exitCode);
    expect(exitCodes).to.include.members([0, 1, 137, 143]);
    expect(containers.map(({ networks }) => networks.length)).to.include.members([0, 1, 2]);
    expect(containers.map(({ networkMode }) => networkMode)).to.include.members(['host', 'none', 'bridge']);
    expect(containers.some(({ restartCount }) => restartCount > 0)).to.equal(true);
  });

  it('gives a past that fits: created, then started, then ended, all before now', () => {
    for (const container of createPopulation(500, NOW, false)) {
      const { createdAt, startedAt = createdAt, finishedAt = startedAt, status } = container;
      expect(createdAt).to.be.at.most(startedAt);
      expect(startedAt).to.be.at.most(finishedAt);
      expect(finishedAt).to.be.at.most(NOW);
      expect(container.startedAt === undefined).to.equal(status === 'created');
      expect(container.finishedAt === undefined).to.equal(hasProcesses(container) || status === 'created');
    }
  });
});
