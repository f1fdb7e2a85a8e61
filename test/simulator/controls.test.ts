import { expect } from 'chai';
import { createControls } from './controls.ts';
import { createEventLog } from './events.ts';
import { createStore } from './store.ts';

/** Controls of an engine without containers, its clock, and the actions of its event log. */
function prepare() {
  const time = { now: Date.UTC(2026, 5, 1) };
  const events = createEventLog(() => time.now);
  const controls = createControls(createStore([]), events, () => time.now, 0);
  const actions: string[] = [];
  events.subscribe(({ Type, Action }) => {
    if (Type === 'container') actions.push(Action);
  });
  return { controls, events, time, actions };
}

describe('controls', () => {
  it('restarts by hand with a new start and no restart counted', () => {
    const { controls, time, actions } = prepare();
    const web = controls.add({ name: 'web', health: 'healthy', restartCount: 4 });
    actions.length = 0;
    time.now += 60_000;
    controls.restart('web');
    expect(web).to.include({ status: 'running', startedAt: time.now, restartCount: 0, health: 'starting' });
    expect(actions).to.deep.equal(['kill', 'die', 'stop', 'start', 'restart']);
  });

  it('counts restarts of the restart policy only', () => {
    const { controls, time, actions } = prepare();
    const worker = controls.add({ name: 'worker', restartPolicy: 'on-failure' });
    actions.length = 0;
    time.now += 1000;
    controls.exit('worker', 1);
    expect(worker).to.include({ status: 'restarting', exitCode: 1, restartCount: 1, finishedAt: time.now });
    time.now += 1000;
    controls.recover('worker');
    expect(worker).to.include({ status: 'running', exitCode: 0, restartCount: 1, startedAt: time.now });
    expect(actions).to.deep.equal(['die', 'start']);
    controls.exit('worker', 0);
    expect(worker).to.include({ status: 'exited', restartCount: 1 });
    controls.start('worker');
    expect(worker).to.include({ status: 'running', restartCount: 0 });
  });

  it('leaves a container that was stopped or killed by hand alone, whatever its policy', () => {
    const { controls, actions } = prepare();
    controls.add({ name: 'a', restartPolicy: 'always' });
    controls.add({ name: 'b', restartPolicy: 'always' });
    actions.length = 0;
    controls.stop('a', 143);
    controls.kill('b');
    expect(controls.get('a')).to.include({ status: 'exited', exitCode: 143 });
    expect(controls.get('b')).to.include({ status: 'exited', exitCode: 137 });
    expect(actions).to.deep.equal(['kill', 'die', 'stop', 'kill', 'die']);
  });

  it('counts the time in pause, and calls a paused container unhealthy until it is probed', () => {
    const { controls, time, actions } = prepare();
    const web = controls.add({ name: 'web', health: 'healthy' });
    actions.length = 0;
    controls.pause('web');
    expect(web).to.include({ status: 'paused', health: 'unhealthy' });
    time.now += 5000;
    controls.unpause('web');
    expect(web).to.include({ status: 'running', pausedFor: 5000, health: 'unhealthy' });
    controls.setHealth('web', 'healthy');
    expect(web.health).to.equal('healthy');
    expect(actions).to.deep.equal(['pause', 'unpause', 'health_status: healthy']);
  });

  it('renames, and tells the old name', () => {
    const { controls, events } = prepare();
    const web = controls.add({ name: 'web' });
    controls.rename('web', 'front');
    expect(controls.get('front')).to.equal(web);
    expect(() => controls.get('web')).to.throw('No such container: web');
    expect(events.since(0).at(-1)?.Actor.Attributes).to.include({ name: 'front', oldName: '/web' });
  });

  it('removes a running container by force', () => {
    const { controls, actions } = prepare();
    controls.add({ name: 'web' });
    controls.add({ name: 'new', status: 'created' });
    actions.length = 0;
    controls.remove('web');
    controls.remove('new');
    expect(controls.size).to.equal(0);
    expect(actions).to.deep.equal(['kill', 'die', 'destroy', 'destroy']);
  });
});
