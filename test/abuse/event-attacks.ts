import { type Answering, type Attack, composeLabels, hexadecimal, numbers } from './attack.ts';

interface Flood {
  readonly perSecond: number;
  /** After so many there are no more; without end where left out. */
  readonly count?: number;
  /** Whether they answer for the past rather than on the stream. */
  readonly isPast?: boolean;
}

/** Of a flood without end so much is made before it is sent, again and again. */
const maxPrepared = { events: 20_000, bytes: 8_000_000 };

function prepare(event: (index: number) => string, count: number | undefined): string[] {
  if (count !== undefined) return numbers(count).map((index) => `${event(index)}\n`);
  const lines: string[] = [];
  for (
    let bytes = 0;
    bytes < maxPrepared.bytes && lines.length < maxPrepared.events;
    bytes += lines.at(-1)?.length ?? 0
  )
    lines.push(`${event(lines.length)}\n`);
  return lines;
}

/** Up to so many events a second; the client's pace bounds it too. */
function events(event: (index: number) => string, { perSecond, count, isPast = false }: Flood): Answering {
  let lines: readonly string[] | undefined;
  let sent = 0;
  return (asked) => {
    if (asked.endpoint !== 'events' || asked.isPast !== isPast) return false;
    const { response } = asked;
    const prepared = (lines ??= prepare(event, count));
    const begun = performance.now() - (sent / perSecond) * 1_000;
    response.flushHeaders();
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
      const last = Math.min(due, count ?? due);
      while (sent < last && response.write(prepared[sent % prepared.length])) sent += 1;
      // What the client was too slow for is not made up for in a flood without end.
      if (count === undefined) sent = due;
    }, 10);
    response.once('close', () => clearInterval(timer));
    return true;
  };
}

function eventOf(type: string, action: string, id: string, attributes: Record<string, string>): string {
  const timeNano = Date.now() * 1e6;
  return JSON.stringify({ Type: type, Action: action, Actor: { ID: id, Attributes: attributes }, timeNano });
}

const labels = { image: 'job:1', 'com.docker.compose.project': 'flood', note: 'x'.repeat(200) };
const created = (index: number): string =>
  eventOf('container', 'create', hexadecimal(index), { ...labels, name: `hostile-${index}` });

export const eventAttacks: readonly Attack[] = [
  { name: '100,000 events a second of new containers', answer: () => events(created, { perSecond: 100_000 }) },
  {
    name: '20,000 new containers in events, and nobody scrapes',
    isUnobserved: true,
    answer: (scale) => {
      const named = (index: number): string =>
        eventOf('container', 'create', hexadecimal(index), { name: `hostile-${index}`, ...composeLabels(index) });
      return events(named, { perSecond: 20_000, count: 20_000 * scale });
    },
  },
  {
    name: '100,000 events a second of volumes',
    isRare: true,
    answer: () =>
      events((index) => eventOf('volume', 'create', `volume-${index}`, { driver: 'local' }), { perSecond: 100_000 }),
  },
  {
    name: 'events with ids of a megabyte',
    isRare: true,
    answer: () =>
      events((index) => eventOf('volume', 'create', `${index}${'i'.repeat(1_000_000)}`, {}), { perSecond: 1_000 }),
  },
  {
    name: 'events with labels of a megabyte',
    answer: () => {
      const many = Object.fromEntries(numbers(1_000).map((label) => [`label-${label}`, 'x'.repeat(900)]));
      return events((index) => eventOf('container', 'create', hexadecimal(index), many), { perSecond: 100 });
    },
  },
  { name: 'a past without end', answer: () => events(created, { perSecond: 100_000, isPast: true }) },
];
