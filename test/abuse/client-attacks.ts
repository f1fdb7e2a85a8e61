import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Attack, endless, numbers } from './attack.ts';

/** Whom the agent lets in, where it asks for a password; the hash is of `right`. */
export const user = {
  name: 'ann',
  password: 'right',
  hash: '$2b$10$kT5xvQRVtlhf.W90tHvvzO/FZ9r7ZT.u4.5gq3xJEVvWofig6HgWe',
} as const;

export const basic = (password: string): string =>
  `Basic ${Buffer.from(`${user.name}:${password}`).toString('base64')}`;

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

/** Writes a piece again and again. */
function repeatedly(socket: Socket, milliseconds: number, piece: string): void {
  const timer = setInterval(() => socket.write(piece), milliseconds);
  socket.once('close', () => clearInterval(timer));
}

/** So many requests at once, and so many more when they were answered. */
function pipeline(socket: Socket, request: string, requests: number): void {
  let answers = 0;
  const begin = (): void => void socket.write(request.repeat(requests));
  socket.setEncoding('latin1').on('data', (text: string) => {
    answers += text.split('HTTP/1.1 ').length - 1;
    if (answers < requests) return;
    answers = 0;
    begin();
  });
  begin();
}

/**
 * Asks for the metrics and reads none of it: whoever reads a first piece makes the kernel take the rest. Those who ask at
 * once get the same page, so the next one waits until an honest client has read its own.
 */
function neverRead(socket: Socket, openNext: () => void): void {
  socket.pause();
  socket.write(get('/metrics'));
  fetch(`http://127.0.0.1:${socket.remotePort}/metrics`)
    .then((response) => response.text())
    .then(openNext, openNext);
}

const idle = (): void => {};

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >>> 7)]);

/** The beginning of an answer in protobuf: five data points were rejected, for a reason of so many characters. */
function partialSuccess(length: number): Buffer {
  const message = [8, 5, 18, ...varint(length)];
  return Buffer.from([10, ...varint(message.length + length), ...message]);
}

function answerPush(response: ServerResponse, length: number): void {
  response.writeHead(200, { 'content-type': 'application/x-protobuf' });
  response.write(partialSuccess(length));
  endless(response, Buffer.alloc(Math.min(length, 65_536), 'x'), length);
}

const pushing: Attack['settings'] = ({ collector }) => ({
  'otlp.endpoint': collector,
  'otlp.export_interval': '1s',
  'otlp.export_timeout': '1s',
});

export const clientAttacks: readonly Attack[] = [
  { name: '2,500 idle clients', clients: { connections: 2_500, attack: idle } },
  {
    name: '500 TLS handshakes',
    settings: ({ certFile, keyFile }) => ({
      'server.tls.enabled': true,
      'server.tls.cert_file': certFile,
      'server.tls.key_file': keyFile,
    }),
    clients: { connections: 500, attack: idle, isSecure: true },
    // From the scraper's own address: one that has no connection yet has to be as lucky as any of them.
    allowsStart: false,
  },
  { name: '200 clients that never read', clients: { connections: 200, inTurn: true, attack: neverRead }, isRare: true },
  {
    name: '47 clients that never read a page of 0.86 MB',
    happen: (containers) => numbers(100).forEach((index) => containers.add({ name: `hostile-${index}-more` })),
    clients: { connections: 47, inTurn: true, attack: neverRead },
  },
  {
    name: '200 clients that read a byte a second',
    isRare: true,
    clients: {
      connections: 200,
      inTurn: true,
      attack: (socket, openNext) => {
        neverRead(socket, openNext);
        const timer = setInterval(() => socket.read(1), 1_000);
        socket.once('close', () => clearInterval(timer));
      },
    },
  },
  {
    name: '200 clients with headers without end',
    clients: {
      connections: 200,
      attack: (socket) => {
        socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n');
        repeatedly(socket, 100, 'X-A: b\r\n');
      },
    },
  },
  {
    name: '1,200 half headers of 15 KB',
    clients: {
      connections: 1_200,
      attack: (socket) => socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(15_000)}`),
    },
  },
  {
    name: 'headers of a megabyte',
    clients: {
      connections: 20,
      attack: (socket) => socket.write(get('/metrics', `X-A: ${'x'.repeat(1_000_000)}\r\n`)),
    },
  },
  {
    name: 'bodies without end',
    clients: {
      connections: 20,
      attack: (socket) => {
        socket.write('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n');
        repeatedly(socket, 1, 'x'.repeat(65_536));
      },
    },
  },
  {
    name: 'garbage instead of HTTP',
    clients: { connections: 50, attack: (socket) => socket.write(Buffer.alloc(65_536, 0x80)) },
  },
  {
    name: 'pipelined requests',
    clients: { connections: 5, attack: (socket) => pipeline(socket, get('/version'), 100) },
    isRare: true,
  },
  {
    name: 'a flood of /ready',
    clients: { connections: 60, attack: (socket) => pipeline(socket, get('/ready'), 16) },
  },
  {
    name: '300 wrong passwords at once, from 64 addresses',
    settings: () => ({
      'server.auth.enabled': true,
      'server.auth.username': user.name,
      'server.auth.password_hash': user.hash,
    }),
    clients: {
      connections: 300,
      addresses: 64,
      attack: (socket) => pipeline(socket, get('/metrics', `Authorization: ${basic('wrong')}\r\n`), 1),
    },
  },
  {
    name: 'more clients than files may be open',
    maxFiles: 128,
    clients: { connections: 300, attack: idle },
  },
  {
    name: 'a partialSuccess of 4 MB',
    settings: pushing,
    collector: (response, scale) => answerPush(response, 4_000_000 * scale),
  },
  { name: 'a partialSuccess without end', settings: pushing, collector: (response) => answerPush(response, 1e9) },
];
