import { expect } from 'chai';
import { hasProcesses } from './container.ts';
import { usageAfter } from './usage.ts';
import { createPopulation } from './population.ts';

const NOW = Date.UTC(2026, 5, 1);

describe('zoo', () => {
  it('is the same every time', () => {
    expect(createPopulation(200, NOW, false)).to.deep.equal(createPopulation(200, NOW, false));
  });

  it('has names and ids of its own for 5,000 containers', () => {
    const containers = createPopulation(5000, NOW, false);
    expect(new Set(containers.map(({ name }) => name)).size).to.equal(5000);
    expect(new Set(containers.map(({ id }) => id.slice(0, 12))).size).to.equal(5000);
  });

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

  it('runs them all when asked to', () => {
    expect(createPopulation(100, NOW, true).every(({ status }) => status === 'running')).to.equal(true);
  });

  it('keeps every container below its memory and CPU limits', () => {
    for (const { name, load, memoryLimit, cpuLimit } of createPopulation(300, NOW, true)) {
      for (let seconds = 0; seconds < 4000; seconds += 97) {
        const [usage, next] = [usageAfter(seconds, load), usageAfter(seconds + 1, load)];
        if (memoryLimit > 0) expect(usage.memory, name).to.be.below(memoryLimit);
        if (cpuLimit > 0) expect((next.cpu - usage.cpu) / 1e9, name).to.be.at.most(cpuLimit + 1e-6);
      }
    }
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

  it('labels the containers of a compose project with project and service', () => {
    const web = createPopulation(1, NOW, false).find(({ name }) => name === 'shop-web-1');
    expect(web?.labels).to.include({
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': '1',
    });
  });
});
