// What happened to containers, as lists. Names are free text: they are only ever set as text.

const reasons = { completed: 'completed', stopped: 'stopped', oom_killed: 'out of memory', error: 'error' };
const actions = {
  create: 'created',
  start: 'started',
  restart: 'restarted',
  pause: 'paused',
  unpause: 'unpaused',
  stop: 'stopped',
  die: 'exited',
  oom: 'a process was killed: out of memory',
  destroy: 'removed',
  rename: 'renamed',
  update: 'updated',
};

/** Local time, with the date where that is not today's. `at` in Unix seconds. */
function timeText(at) {
  const time = new Date(at * 1000);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? time.toLocaleTimeString() : time.toLocaleString();
}

/** What happened, and for an end the exit code and the reason. */
function textsOf({ action, exitCode, reason, signal }) {
  return [
    signal === undefined ? (actions[action] ?? action.replace('_status', '')) : `signal ${signal}`,
    exitCode === undefined ? '' : `code ${exitCode}`,
    reasons[reason] ?? '',
  ];
}

/** One line for the newest of them. */
export function headline([event]) {
  if (event === undefined) return 'none since the exporter started';
  const what = textsOf(event).filter((text) => text !== '');
  return `${timeText(event.at)} ${event.name} ${what.join(', ')}`;
}

/** What each list shows. */
const shown = new WeakMap();

/** Fills a list, newest first; touches it only where something is new. */
export function fillEvents(list, events) {
  const key = JSON.stringify(events);
  if (shown.get(list) === key) return;
  shown.set(list, key);
  list.replaceChildren(
    ...events.map((event) => {
      const item = document.createElement('li');
      item.dataset.tone = event.reason === 'oom_killed' || event.reason === 'error' ? 'bad' : 'none';
      const time = document.createElement('time');
      time.dateTime = new Date(event.at * 1000).toISOString();
      time.textContent = timeText(event.at);
      item.append(time, ...[event.name, ...textsOf(event)].filter((text) => text !== undefined).map(textElement));
      return item;
    }),
  );
}

function textElement(text) {
  const element = document.createElement('span');
  element.textContent = text;
  return element;
}
