import type { Socket } from 'node:net';

export interface ClientOrder {
  readonly port: number;
  readonly attack: string;
}

/** What hostile clients of the agent do, each on a connection of its own. */
export interface ClientAttack {
  readonly name: string;
  readonly connections: number;
  readonly attack: (socket: Socket, index: number) => void;
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

/** Writes a piece again and again. */
function repeatedly(socket: Socket, milliseconds: number, piece: string): void {
  const timer = setInterval(() => socket.write(piece), milliseconds);
  socket.once('close', () => clearInterval(timer));
}

export const clientAttacks: readonly ClientAttack[] = [
  { name: '2,000 idle clients', connections: 2_000, attack: () => {} },
  {
    name: '200 clients that never read',
    connections: 200,
    attack: (socket) => {
      socket.pause();
      socket.write(get('/metrics'));
    },
  },
  {
    name: '200 clients that read a byte a second',
    connections: 200,
    attack: (socket) => {
      socket.pause();
      socket.write(get('/metrics'));
      const timer = setInterval(() => socket.read(1), 1_000);
      socket.once('close', () => clearInterval(timer));
    },
  },
  {
    name: '200 clients with headers without end',
    connections: 200,
    attack: (socket) => {
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n');
      repeatedly(socket, 100, 'X-A: b\r\n');
    },
  },
  {
    name: 'headers of a megabyte',
    connections: 20,
    attack: (socket) => socket.write(get('/metrics', `X-A: ${'x'.repeat(1_000_000)}\r\n`)),
  },
  {
    name: 'bodies without end',
    connections: 20,
    attack: (socket) => {
      socket.write('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n');
      repeatedly(socket, 1, 'x'.repeat(65_536));
    },
  },
  {
    name: 'garbage instead of HTTP',
    connections: 50,
    attack: (socket) => socket.write(Buffer.alloc(65_536, 0x80)),
  },
  {
    name: 'pipelined requests',
    connections: 5,
    attack: (socket) => {
      const requests = 100;
      let answers = 0;
      const begin = (): void => void socket.write(get('/version').repeat(requests));
      socket.setEncoding('latin1').on('data', (text: string) => {
        answers += text.split('HTTP/1.1 ').length - 1;
        if (answers < requests) return;
        answers = 0;
        begin();
      });
      begin();
    },
  },
];
