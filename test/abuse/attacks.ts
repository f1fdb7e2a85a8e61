import type { ServerResponse } from 'node:http';
import type { Endpoint } from '../simulator/routes.ts';

/** A request to the hostile engine. */
export interface Asked {
  readonly endpoint: Endpoint;
  /** Whether it is about one of the containers that the attack comes from. */
  readonly isVictim: boolean;
  /** Whether it asks for the past of the events rather than for their stream. */
  readonly isPast: boolean;
  readonly response: ServerResponse;
  /** What the honest engine answers. */
  honest(): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: string }>;
}

/** What a hostile engine, or a container on an honest one, does. */
export interface EngineAttack {
  readonly name: string;
  /** Answers in the honest engine's stead; false leaves the request to it. */
  readonly answer: (asked: Asked) => boolean | Promise<boolean>;
  /** Whether the agent is also started while it goes on: not where the attack takes the list of containers itself. */
  readonly allowsStart?: false;
}

const megabyte = 1_000_000;
/** NUL, a half surrogate pair, quotes, backslashes, newlines and characters of two code units: a megabyte as JSON. */
const awkward = '\0\ud800"\\\n😀'.repeat(megabyte / 30);

/** A field of an answer that is read as a text. */
const textFields = /^(Names?|Image|State|Status|Labels|Config|Health|HostConfig|NetworkMode|StartedAt)$|^com\./;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const victimNames: readonly string[] = ['hostile-1', 'hostile-2'];

function isVictim(element: unknown): boolean {
  const names: unknown = Object(element).Names;
  return Array.isArray(names) && victimNames.some((name) => names.includes(`/${name}`));
}

/** Changes what the list and the inspections say of the victims. */
function describing(change: (described: Record<string, Json>) => void): EngineAttack['answer'] {
  let list: Promise<string> | undefined;
  const changed = async ({ endpoint, honest }: Asked): Promise<string> => {
    const answer = JSON.parse((await honest()).body) as Record<string, Json> | Record<string, Json>[];
    for (const each of Array.isArray(answer) ? answer.filter(isVictim) : [answer]) change(each);
    return JSON.stringify(answer, undefined, endpoint === 'list' ? 1 : 0);
  };
  return async (asked) => {
    const { endpoint, response } = asked;
    if (endpoint !== 'list' && !(endpoint === 'inspect' && asked.isVictim)) return false;
    if (endpoint === 'list') list ??= changed(asked);
    response.end(endpoint === 'list' ? await list : await changed(asked));
    return true;
  };
}

/** The labels of a container, of its element in the list or of its inspection. */
function labelsOf(described: Record<string, Json>): Record<string, Json> {
  const { Config: config = described } = described;
  return Object(Object(config).Labels) as Record<string, Json>;
}

function withTexts(value: Json, key: string): Json {
  if (typeof value === 'string') return /^(Id|id)$/.test(key) || !textFields.test(key) ? value : `${value}${awkward}`;
  if (Array.isArray(value)) return value.map((item) => withTexts(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withTexts(item, name)]));
}

/** Answers what is asked of the victims with a body. */
function stats(body: () => string): EngineAttack['answer'] {
  let made: string | undefined;
  return ({ endpoint, isVictim: isVictims, response }) => {
    if (endpoint !== 'stats' || !isVictims) return false;
    made ??= body();
    response.end(made);
    return true;
  };
}

function statsWith(sections: string): string {
  return `{"read":"2026-01-01T00:00:00Z","pids_stats":{"current":1},${sections}}`;
}

function networks(count: number, name = (index: number): string => `eth${index}`): string {
  const each = Array.from({ length: count }, (_, index) => `${JSON.stringify(name(index))}:{"rx_bytes":${index}}`);
  return `"networks":{${each.join()}}`;
}

/** Writes the block again and again until the client has had enough, or so many bytes. */
function endless(response: ServerResponse, block: Buffer, maxBytes = 1e9): void {
  let left = maxBytes;
  const write = (): void => {
    while (!response.destroyed && left > 0) {
      left -= block.length;
      if (!response.write(block)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}

const spaces = Buffer.alloc(65_536, ' ');
const letters = Buffer.alloc(65_536, 'x');

/** Bytes of events that are made before they are sent, again and again. */
const maxPreparedBytes = 8 * megabyte;

/** Streams events, or answers their past, at up to so many a second; the client's pace bounds it too. */
function events(event: (index: number) => string, perSecond: number, past = false): EngineAttack['answer'] {
  const lines: string[] = [];
  return ({ endpoint, isPast, response }) => {
    if (endpoint !== 'events' || isPast !== past) return false;
    for (let bytes = 0; bytes < maxPreparedBytes; bytes += lines.at(-1)?.length ?? 0)
      if (lines.push(`${event(lines.length)}\n`) > 20_000) break;
    let sent = 0;
    const begun = performance.now();
    response.flushHeaders();
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
      while (sent < due && response.write(lines[sent % lines.length])) sent += 1;
      // What the client was too slow for is not made up for.
      sent = due;
    }, 10);
    response.once('close', () => clearInterval(timer));
    return true;
  };
}

function eventOf(type: string, action: string, id: string, attributes: Record<string, string>): string {
  const timeNano = Date.now() * 1e6;
  return JSON.stringify({ Type: type, Action: action, Actor: { ID: id, Attributes: attributes }, timeNano });
}

const hexadecimal = (index: number): string => index.toString(16).padStart(64, '0');
const labels = { image: 'job:1', 'com.docker.compose.project': 'flood', note: 'x'.repeat(200) };

/** Calls that end in a way of their own are answered on the bare connection. */
function raw({ response }: Asked, ...pieces: (string | Buffer)[]): boolean {
  const { socket } = response;
  for (const piece of pieces) socket?.write(piece);
  return true;
}

const victims =
  (answer: (asked: Asked) => boolean): EngineAttack['answer'] =>
  (asked) =>
    (asked.endpoint === 'stats' || asked.endpoint === 'inspect') && asked.isVictim && answer(asked);

export const engineAttacks: readonly EngineAttack[] = [
  {
    name: 'labels of 10 MB',
    answer: describing((described) => {
      labelsOf(described)['com.docker.compose.project'] = 'p'.repeat(10 * megabyte);
    }),
  },
  {
    name: 'thousands of labels',
    answer: describing((described) => {
      for (let index = 0; index < 3_000; index += 1) labelsOf(described)[`label-${index}`] = 'x'.repeat(100);
    }),
  },
  {
    name: 'a megabyte in every text',
    answer: describing((described) => {
      for (const [key, value] of Object.entries(described)) described[key] = withTexts(value, key);
    }),
  },
  { name: '200,000 networks', answer: stats(() => statsWith(networks(200_000))) },
  { name: '10,000 networks', answer: stats(() => statsWith(networks(10_000))) },
  {
    name: 'networks with names of a megabyte',
    answer: stats(() => statsWith(networks(20, (index) => `${awkward}${index}`))),
  },
  {
    name: '100,000 devices',
    answer: stats(() => {
      const entry = (_: unknown, minor: number): string => `{"major":8,"minor":${minor},"op":"read","value":1}`;
      const entries = Array.from({ length: 100_000 }, entry);
      return statsWith(`"blkio_stats":{"io_service_bytes_recursive":[${entries.join()}]}`);
    }),
  },
  {
    name: 'nested a million deep',
    answer: stats(() => statsWith(`"networks":${'['.repeat(megabyte)}${']'.repeat(megabyte)}`)),
  },
  { name: 'half a megabyte of empty lists', answer: stats(() => statsWith(`"x":[${'[],'.repeat(160_000)}0]`)) },
  { name: 'a gigabyte of blanks', answer: victims(({ response }) => (endless(response, spaces), true)) },
  {
    name: 'a gigabyte in one string',
    answer: victims(({ response }) => {
      response.write('{"read":"');
      endless(response, letters);
      return true;
    }),
  },
  {
    name: 'a gigabyte of containers',
    allowsStart: false,
    answer: ({ endpoint, response }) => {
      if (endpoint !== 'list') return false;
      response.write('[');
      endless(response, Buffer.from('{"Id":"a","Labels":{}},'.repeat(2_000)));
      return true;
    },
  },
  {
    name: 'a gigabyte of /info, images, volumes and networks',
    answer: ({ endpoint, response }) => {
      if (!['info', 'images', 'volumes', 'networks', 'disk'].includes(endpoint)) return false;
      response.write('[');
      endless(response, Buffer.from('{"Id":"a","Labels":{}},'.repeat(2_000)));
      return true;
    },
  },
  {
    name: '20,000 containers',
    answer: async ({ endpoint, response, honest }) => {
      if (endpoint !== 'list') return false;
      const { body } = await honest();
      const { Labels: known } = (JSON.parse(body) as Record<string, Json>[])[0] ?? {};
      const others = Array.from({ length: 20_000 }, (_, index) =>
        JSON.stringify({
          Id: hexadecimal(index),
          Names: [`/crowd-${index}`],
          Image: 'crowd:1',
          State: 'running',
          Status: 'Up 3 hours',
          Labels: known,
          Ports: Array.from({ length: 20 }, (__, port) => ({ PrivatePort: port, PublicPort: port, Type: 'tcp' })),
        }),
      );
      response.end(`${body.trim().slice(0, -1)},${others.join()}]`);
      return true;
    },
  },
  {
    name: 'broken chunks',
    answer: victims((asked) =>
      raw(asked, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n', Buffer.alloc(100_000, 0xff)),
    ),
  },
  {
    name: 'headers without end',
    answer: victims((asked) => raw(asked, 'HTTP/1.1 200 OK\r\n', `X-Header: ${'x'.repeat(1_000)}\r\n`.repeat(1_000))),
  },
  {
    name: 'redirects',
    answer: victims(({ response }) => (response.writeHead(301, { Location: '/info' }).end(), true)),
  },
  {
    name: 'errors of a gigabyte',
    answer: victims(({ response }) => (response.writeHead(500), endless(response, letters), true)),
  },
  {
    name: 'answers that never end',
    answer: victims(({ response }) => {
      response.write('{');
      const timer = setInterval(() => response.write(' '), 200);
      response.once('close', () => clearInterval(timer));
      return true;
    }),
  },
  {
    name: 'another kind of engine each time',
    answer: async ({ endpoint, response, honest }) => {
      if (endpoint !== 'info' && endpoint !== 'ping') return false;
      const kinds = [{ 'api-version': '1.41' }, { 'api-version': '1.47' }, { 'libpod-api-version': '4.3' }, {}];
      const { headers, body } = await honest();
      const { 'api-version': _, ...others } = headers;
      response.writeHead(200, { ...others, ...kinds[Math.floor(Math.random() * kinds.length)] }).end(body);
      return true;
    },
  },
  {
    name: '100,000 events a second of new containers',
    answer: events((index) => eventOf('container', 'create', hexadecimal(index), labels), 100_000),
  },
  {
    name: '100,000 events a second of volumes',
    answer: events((index) => eventOf('volume', 'create', `volume-${index}`, { driver: 'local' }), 100_000),
  },
  {
    name: 'events with ids of a megabyte',
    answer: events((index) => eventOf('volume', 'create', `${index}${'i'.repeat(megabyte)}`, {}), 1_000),
  },
  {
    name: 'events with labels of a megabyte',
    answer: events((index) => {
      const many = Array.from({ length: 1_000 }, (_, label) => [`label-${label}`, 'x'.repeat(900)]);
      return eventOf('container', 'create', hexadecimal(index), Object.fromEntries(many));
    }, 100),
  },
  {
    name: 'a past without end',
    answer: events((index) => eventOf('container', 'create', hexadecimal(index), labels), 100_000, true),
  },
];
