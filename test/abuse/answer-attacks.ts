import { type Answering, type Asked, type Attack, awkwardCharacters, endless, hexadecimal, stats } from './attack.ts';

const megabyte = 1_000_000;
/** A megabyte as JSON. */
const awkward = awkwardCharacters.repeat(megabyte / 30);

/** A field of an answer that is read as a text. */
const textFields = /^(Names?|Image|State|Status|Labels|Config|Health|HostConfig|NetworkMode|StartedAt)$|^com\./;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function isVictim(element: unknown): boolean {
  const names: unknown = Object(element).Names;
  return Array.isArray(names) && names.some((name) => String(name).startsWith('/hostile-'));
}

/** Changes what the list and the inspections say of the victims. */
function describing(change: (described: Record<string, Json>) => void): () => Answering {
  let list: Promise<string> | undefined;
  const changed = async ({ endpoint, honest }: Asked): Promise<string> => {
    const answer = JSON.parse((await honest()).body) as Record<string, Json> | Record<string, Json>[];
    for (const each of Array.isArray(answer) ? answer.filter(isVictim) : [answer]) change(each);
    return JSON.stringify(answer, undefined, endpoint === 'list' ? 1 : 0);
  };
  return () => async (asked) => {
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

const spaces = Buffer.alloc(65_536, ' ');
const letters = Buffer.alloc(65_536, 'x');

/** Calls that end in a way of their own are answered on the bare connection. */
function raw({ response }: Asked, ...pieces: (string | Buffer)[]): boolean {
  const { socket } = response;
  for (const piece of pieces) socket?.write(piece);
  return true;
}

const victims =
  (answer: (asked: Asked) => boolean): (() => Answering) =>
  () =>
  (asked) =>
    (asked.endpoint === 'stats' || asked.endpoint === 'inspect') && asked.isVictim && answer(asked);

/** Answers for the victims as for a container that has no part in it, changed. */
function borrowing(of: Asked['endpoint'], change: (body: string) => string): Answering {
  let other: string | undefined;
  return async ({ endpoint, isVictim: isVictims, container, response, honest }) => {
    if (endpoint !== of) return false;
    if (!isVictims) other ??= container;
    if (!isVictims || other === undefined) return false;
    response.end(change((await honest(other)).body));
    return true;
  };
}

/** What a hostile engine, or a container on an honest one, answers. */
export const answerAttacks: readonly Attack[] = [
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
  {
    name: 'nested a million deep',
    answer: stats(() => `"networks":${'['.repeat(megabyte)}${']'.repeat(megabyte)}`),
  },
  { name: 'half a megabyte of empty lists', answer: stats(() => `"x":[${'[],'.repeat(160_000)}0]`) },
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
    answer:
      () =>
      ({ endpoint, response }) => {
        if (endpoint !== 'list') return false;
        response.write('[');
        endless(response, Buffer.from('{"Id":"a","Labels":{}},'.repeat(2_000)));
        return true;
      },
  },
  {
    name: 'a gigabyte of /info, images, volumes and networks',
    answer:
      () =>
      ({ endpoint, response }) => {
        if (!['info', 'images', 'volumes', 'networks', 'disk'].includes(endpoint)) return false;
        response.write('[');
        endless(response, Buffer.from('{"Id":"a","Labels":{}},'.repeat(2_000)));
        return true;
      },
  },
  {
    name: '20,000 containers',
    answer:
      () =>
      async ({ endpoint, response, honest }) => {
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
    name: 'chunks of one byte',
    answer: victims((asked) =>
      raw(asked, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\n \r\n'.repeat(megabyte)),
    ),
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
    answer:
      () =>
      async ({ endpoint, response, honest }) => {
        if (endpoint !== 'info' && endpoint !== 'ping') return false;
        const kinds = [{ 'api-version': '1.41' }, { 'api-version': '1.47' }, { 'libpod-api-version': '4.3' }, {}];
        const { headers, body } = await honest();
        const { 'api-version': _, ...others } = headers;
        response.writeHead(200, { ...others, ...kinds[Math.floor(Math.random() * kinds.length)] }).end(body);
        return true;
      },
  },
  {
    name: "another container's statistics",
    answer: () => borrowing('stats', (body) => body.replace(/"usage":\d+/, '"usage":666000666')),
    never: /666000666/,
  },
  {
    name: "another container's inspection",
    answer: () => borrowing('inspect', (body) => body.replace(/"RestartCount":\d+/, '"RestartCount":666')),
    never: /^container_restart_count\{.* 666$/,
  },
];
