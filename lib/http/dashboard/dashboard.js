// Names, images and labels are free text, set by the owner of a container: they are only ever set as text.

import { fillEvents, headline } from './events.js';

/** How often new figures are asked for, and the points that a line keeps: the last two minutes. */
const pollIntervalMs = 3_000;
const maxPoints = 40;

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const byText = new Intl.Collator('en', { numeric: true });
const rank = { unhealthy: 0, starting: 1, healthy: 2, none: 3 };

function scaled(value, step, units) {
  let index = 0;
  while (value >= step && index < units.length - 1) {
    value /= step;
    index += 1;
  }
  return `${number.format(value)} ${units[index]}`;
}

const none = '–';
const bytes = (value) => (value === undefined ? none : scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']));
const rate = (value) => (value === undefined ? none : scaled(value, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s']));
const percent = (value) => (value === undefined ? none : `${value.toFixed(1)} %`);
const clock = (time) => new Date(time).toLocaleTimeString();
const total = (a, b) => (a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0));

/** What a column is called, what it is sorted by, and how its cell is made and filled. */
const columns = [
  { label: 'Name', key: 'name', sort: (row) => row.name, make: makeName, fill: fillName },
  {
    label: 'Project',
    key: 'project',
    sort: (row) => row.project,
    fill: (cell, row) => setText(cell, row.project || none),
  },
  { label: 'State', key: 'state', sort: (row) => `${row.state} ${rank[row.health]}`, make: makeState, fill: fillState },
  {
    label: 'CPU',
    key: 'cpu',
    sort: (row) => row.cpuPercent,
    make: makeBarredFigure,
    fill: fillCpu,
  },
  { label: 'Memory', key: 'memory', sort: (row) => row.memory, make: makeBarredFigure, fill: fillMemory },
  {
    label: 'Network',
    key: 'network',
    sort: (row) => total(row.receiving, row.sending),
    make: makeFigure,
    fill: (cell, row) => fillPair(cell, ['↓', row.receiving], ['↑', row.sending], row.lines.network),
  },
  {
    label: 'Disk',
    key: 'disk',
    sort: (row) => total(row.reading, row.writing),
    make: makeFigure,
    fill: (cell, row) => fillPair(cell, ['read', row.reading], ['write', row.writing], row.lines.disk),
  },
  {
    label: 'Restarts',
    key: 'restarts',
    sort: (row) => row.restarts,
    fill: (cell, row) => setText(cell, row.restarts === undefined ? none : String(row.restarts)),
  },
];
const firstDescending = new Set(['cpu', 'memory', 'network', 'disk', 'restarts']);

const body = document.querySelector('#rows');
const filter = document.querySelector('#filter');
const rows = new Map();
const rowOf = new WeakMap();
/** What a row keeps from one answer to the next. */
const lasting = new Set(['element', 'cells', 'detail', 'seen', 'lines']);
/** Rows out of sight get their figures when they come into it: hundreds of them would hold up the scrolling. */
const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const row = rowOf.get(target);
      row.seen = isIntersecting;
      if (isIntersecting) fillRow(row);
    }
  },
  { rootMargin: '50%' },
);
let order = { column: columns[0], descending: false };
let takenAt;
let failedSince;
let asking = false;

/** Takes in an answer: rates come of two snapshots, and of one and the same run of a container. */
function takeIn(answer) {
  if (answer.takenAt === takenAt) return;
  const seconds = takenAt === undefined ? undefined : (answer.takenAt - takenAt) / 1000;
  takenAt = answer.takenAt;
  const present = new Set(answer.containers.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (present.has(id)) continue;
    sight.unobserve(row.element);
    row.element.remove();
    row.detail?.remove();
    rows.delete(id);
  }
  for (const next of answer.containers) {
    const isNew = !rows.has(next.id);
    const row = isNew ? newRow() : rows.get(next.id);
    const sameRun = seconds > 0 && row.startedAt === next.startedAt;
    const perSecond = (key) => {
      const difference = next[key] - row[key];
      return sameRun && difference >= 0 ? difference / seconds : undefined;
    };
    const cores = perSecond('cpu');
    const rates = {
      cpuPercent: cores === undefined ? undefined : cores * 100,
      receiving: perSecond('received'),
      sending: perSecond('sent'),
      reading: perSecond('read'),
      writing: perSecond('written'),
    };
    for (const key of Object.keys(row)) if (!lasting.has(key)) delete row[key];
    Object.assign(row, next, rates);
    row.search = [next.name, next.project, next.image, next.state, next.health].join('\n').toLowerCase();
    addPoint(row.lines.cpu, row.cpuPercent);
    addPoint(row.lines.memory, row.memory);
    addPoint(row.lines.network, total(row.receiving, row.sending));
    addPoint(row.lines.disk, total(row.reading, row.writing));
    rows.set(next.id, row);
    if (isNew || row.seen) fillRow(row);
  }
}

function fillRow(row) {
  columns.forEach(({ fill }, index) => fill(row.cells[index], row));
  if (row.detail !== undefined) fillDetail(row);
}

function addPoint(line, value) {
  if (value === undefined) line.length = 0;
  else line.push(value);
  if (line.length > maxPoints) line.shift();
}

function newRow() {
  const element = document.createElement('tr');
  element.setAttribute('role', 'row');
  const cells = columns.map(({ label, key, make }) => {
    const cell = element.appendChild(document.createElement('td'));
    cell.setAttribute('role', 'cell');
    cell.className = key;
    cell.dataset.label = label;
    make?.(cell);
    return cell;
  });
  const row = { element, cells, seen: false, lines: { cpu: [], memory: [], network: [], disk: [] } };
  rowOf.set(element, row);
  cells[0].firstChild.addEventListener('click', () => toggleDetail(row));
  sight.observe(element);
  return row;
}

/** Opens or closes the list of what happened to a container, in a row of its own below its row. */
function toggleDetail(row) {
  const isOpen = row.detail !== undefined;
  row.cells[0].firstChild.setAttribute('aria-expanded', String(!isOpen));
  if (isOpen) {
    row.detail.remove();
    row.detail = undefined;
    return;
  }
  row.detail = document.createElement('tr');
  row.detail.setAttribute('role', 'row');
  row.detail.className = 'detail';
  const cell = make(row.detail, 'td', '');
  cell.setAttribute('role', 'cell');
  cell.colSpan = columns.length;
  make(cell, 'ol', 'events');
  make(cell, 'p', 'sub').textContent = 'No events since the exporter started.';
  row.element.after(row.detail);
  fillDetail(row);
}

function fillDetail({ detail, name, events }) {
  const [list, nothing] = detail.firstChild.children;
  list.setAttribute('aria-label', `Events of ${name}, newest first`);
  fillEvents(list, events);
  list.hidden = events.length === 0;
  nothing.hidden = events.length > 0;
}

/** Puts the rows in order, and shows those that the filter lets through. Touches only what has to move. */
function arrange() {
  const words = filter.value.toLowerCase().split(/\s+/);
  const sign = order.descending ? -1 : 1;
  const sorted = [...rows.values()].sort((left, right) => {
    const [a, b] = [order.column.sort(left), order.column.sort(right)];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    const difference = typeof a === 'number' ? a - b : byText.compare(a, b);
    return sign * difference || byText.compare(left.name, right.name);
  });
  let shown = 0;
  let place = body.firstChild;
  for (const { element, detail, search } of sorted) {
    const wanted = words.every((word) => search.includes(word));
    for (const part of detail === undefined ? [element] : [element, detail]) {
      if (part === place) place = place.nextSibling;
      else body.insertBefore(part, place);
      if (part.hidden === wanted) part.hidden = !wanted;
    }
    shown += Number(wanted);
  }
  const running = sorted.filter(({ state }) => state === 'running').length;
  const time = takenAt === undefined ? '' : ` · ${clock(takenAt)}`;
  const some = shown === rows.size ? '' : `${shown} of `;
  setText(document.querySelector('#summary'), `${some}${rows.size} containers · ${running} running${time}`);
  const empty = document.querySelector('#empty');
  empty.hidden = shown > 0 || takenAt === undefined;
  setText(empty, rows.size === 0 ? 'There are no containers.' : 'No container matches the filter.');
}

function sortBy(column) {
  const again = order.column === column;
  order = { column, descending: again ? !order.descending : firstDescending.has(column.key) };
  showOrder();
  arrange();
}

function showOrder() {
  const heads = document.querySelectorAll('th');
  columns.forEach((column, index) => {
    if (column === order.column) heads[index].setAttribute('aria-sort', order.descending ? 'descending' : 'ascending');
    else heads[index].removeAttribute('aria-sort');
  });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function make(parent, name, className) {
  const element = document.createElement(name);
  element.className = className;
  return parent.appendChild(element);
}

function makeName(cell) {
  const button = make(cell, 'button', '');
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  make(button, 'strong', '');
  make(cell, 'span', 'sub');
}

function fillName(cell, { name, image }) {
  setText(cell.firstChild.firstChild, name);
  setText(cell.lastChild, image);
  if (cell.title !== name) cell.title = name;
}

function makeState(cell) {
  make(cell, 'span', '');
  make(cell, 'span', 'sub');
}

function fillState(cell, { state, health, exitCode }) {
  const failed =
    state === 'dead' || state === 'restarting' || health === 'unhealthy' || (state === 'exited' && exitCode > 0);
  const good = state === 'running' ? 'good' : 'none';
  cell.dataset.tone = failed ? 'bad' : state === 'paused' || health === 'starting' ? 'warn' : good;
  setText(cell.firstChild, state === 'exited' && exitCode !== undefined ? `exited (${exitCode})` : state);
  setText(cell.lastChild, health === 'none' ? '' : health);
}

function makeFigure(cell) {
  const figure = make(cell, 'div', 'figure');
  const svg = figure.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
  svg.setAttribute('viewBox', `0 0 ${maxPoints - 1} 20`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'polyline'));
  const text = make(figure, 'div', 'text');
  make(text, 'span', '');
  make(text, 'span', 'sub');
}

function fillFigure(cell, text, sub, line) {
  const [svg, texts] = cell.firstChild.children;
  setText(texts.children[0], text);
  setText(texts.children[1], sub);
  const most = Math.max(...line) || 1;
  const from = maxPoints - line.length;
  const points = line.map((value, index) => `${from + index},${(20 - (value / most) * 19).toFixed(1)}`).join(' ');
  if (svg.firstChild.getAttribute('points') !== points) svg.firstChild.setAttribute('points', points);
}

/** Two rates that belong together. */
function fillPair(cell, [first, into], [second, out], line) {
  const known = into !== undefined || out !== undefined;
  fillFigure(cell, known ? `${first} ${rate(into)}` : none, known ? `${second} ${rate(out)}` : '', line);
}

/** With a bar for the share of a limit. */
function makeBarredFigure(cell) {
  makeFigure(cell);
  const bar = make(cell.firstChild.lastChild, 'span', 'bar');
  bar.setAttribute('aria-hidden', 'true');
  make(bar, 'i', '');
}

function fillBar(cell, share) {
  const bar = cell.firstChild.lastChild.lastChild;
  bar.hidden = share === undefined;
  bar.firstChild.style.width = `${Math.min(100, (share ?? 0) * 100).toFixed(1)}%`;
  bar.firstChild.className = share > 0.9 ? 'high' : '';
}

function fillCpu(cell, { cpuPercent, cpuLimit, lines }) {
  const share = cpuPercent === undefined || !(cpuLimit > 0) ? undefined : cpuPercent / 100 / cpuLimit;
  const limit = share === undefined ? '' : `${(share * 100).toFixed()} % of ${number.format(cpuLimit)} CPU`;
  fillFigure(cell, percent(cpuPercent), limit, lines.cpu);
  fillBar(cell, share);
}

/** The share of what there is, which without a limit is the memory of the host. */
function fillMemory(cell, { memory, memoryLimit, memoryAvailable, lines }) {
  const share = memory === undefined || !(memoryAvailable > 0) ? undefined : memory / memoryAvailable;
  const limit = share === undefined ? '' : `${percent(share * 100)} of ${bytes(memoryAvailable)}`;
  fillFigure(cell, bytes(memory), limit, lines.memory);
  fillBar(cell, memoryLimit === undefined ? undefined : share);
}

/** Says what is wrong and since when; old figures stay, but pale. */
function complain(text) {
  const banner = document.querySelector('#banner');
  banner.hidden = text === undefined;
  setText(banner, text ?? '');
  document.body.classList.toggle('stale', text !== undefined);
}

async function refresh() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    const response = await fetch('api/containers', { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const answer = await response.json();
    failedSince = undefined;
    setText(document.querySelector('#newest'), headline(answer.events));
    fillEvents(document.querySelector('#events ol'), answer.events);
    if (answer.up) takeIn(answer);
    else takenAt = undefined;
    complain(
      answer.up
        ? undefined
        : `The Docker daemon has been unreachable since ${clock(answer.awaySince ?? answer.takenAt)}.`,
    );
    arrange();
  } catch (error) {
    failedSince ??= Date.now();
    complain(`The exporter has been unreachable since ${clock(failedSince)}: ${error.message}.`);
  } finally {
    asking = false;
  }
}

for (const column of columns) {
  const head = make(document.querySelector('#columns'), 'th', column.key);
  head.scope = 'col';
  head.setAttribute('role', 'columnheader');
  const button = make(head, 'button', '');
  button.type = 'button';
  button.textContent = column.label;
  button.addEventListener('click', () => sortBy(column));
}
showOrder();
filter.addEventListener('input', arrange);
document.addEventListener('visibilitychange', () => void refresh());
setInterval(() => void refresh(), pollIntervalMs);
void refresh();
