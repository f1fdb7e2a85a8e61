import { expect } from 'chai';
import { createContainer } from './container.ts';
import type { Life } from './container.ts';
import { humanDuration, statusText } from './listing.ts';
import { describePlain } from './population.ts';

const NOW = Date.UTC(2026, 5, 1);
const SECOND = 1000;
const HOUR = 3600 * SECOND;

function statusOf(life: Partial<Life>): string {
  const whole: Life = {
    status: 'running',
    createdAt: NOW - HOUR,
    startedAt: NOW - 4 * 60 * SECOND,
    pausedFor: 0,
    exitCode: 0,
    outOfMemory: false,
    restartCount: 0,
    ...life,
  };
  return statusText(createContainer(1, describePlain('web', 1), whole), NOW);
}

describe('listing', () => {
  it('words durations as Docker does', () => {
    const worded = [999, SECOND, 59 * SECOND, 60 * SECOND, 59.9 * 60 * SECOND, HOUR, 47 * HOUR, 13 * 24 * HOUR];
    expect(worded.map(humanDuration)).to.deep.equal([
      'Less than a second',
      '1 second',
      '59 seconds',
      'About a minute',
      '59 minutes',
      'About an hour',
      '47 hours',
      '13 days',
    ]);
    expect([20, 100, 800].map((days) => humanDuration(days * 24 * HOUR))).to.deep.equal([
      '2 weeks',
      '3 months',
      '2 years',
    ]);
  });

  it('words every state as Docker does', () => {
    expect(statusOf({})).to.equal('Up 4 minutes');
    expect(statusOf({ health: 'healthy' })).to.equal('Up 4 minutes (healthy)');
    expect(statusOf({ health: 'starting' })).to.equal('Up 4 minutes (health: starting)');
    expect(statusOf({ status: 'paused', health: 'unhealthy' })).to.equal('Up 4 minutes (Paused)');
    expect(statusOf({ status: 'created', startedAt: undefined })).to.equal('Created');
    const ended = { exitCode: 3, finishedAt: NOW - SECOND };
    expect(statusOf({ status: 'exited', ...ended })).to.equal('Exited (3) 1 second ago');
    expect(statusOf({ status: 'restarting', ...ended })).to.equal('Restarting (3) 1 second ago');
    expect(statusOf({ status: 'removing' })).to.equal('Removal In Progress');
    expect(statusOf({ status: 'dead' })).to.equal('Dead');
  });
});
