import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Endpoint, HandlerOptions } from '../../lib/http/request-handler.ts';
import { textReply } from '../../lib/http/reply.ts';
import { type ListeningServer, listen } from '../../lib/http/server.ts';
import { eventually } from '../support/eventually.ts';
import { conformanceCases } from './conformance-cases.ts';

describe('the server', () => {
  let server: ListeningServer | undefined;

  afterEach(() => server?.close(0));

  const start = async (guard?: HandlerOptions['guard']): Promise<number> => {
    const endpoints = new Map<string, Endpoint>([
      ['/', () => textReply(200, 'a page')],
      ['/metrics', () => textReply(200, 'exporter_up 1')],
      ['/health', () => textReply(200, 'ok')],
    ]);
    const fail = (path: string, error: unknown): never => {
      throw new Error(`failed at ${path}`, { cause: error });
    };
    server = await listen({ address: '127.0.0.1', port: 0, endpoints, guard, onError: fail });
    return server.port;
  };

  /** Statuses of the answers on a connection of their own; one that is kept is asked for a path that is not there at last. */
  const exchange = async (port: number, request: string, expected: number | undefined): Promise<number[]> => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    // An answer that comes before all of the request is read may end in a reset.
    socket.on('error', () => {});
    const end = once(socket, 'close');
    const statuses = (): number[] =>
      [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    socket.write(request, 'latin1');
    if (expected !== undefined) {
      await eventually(`${expected} answers`, () => statuses().length >= expected, { every: 1 });
      socket.write('GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    }
    await end;
    return statuses();
  };

  for (const { what, request, answers, kept } of conformanceCases) {
    it(`answers ${answers.join(' and ') || 'nothing'} to ${what}, and ${kept ? 'keeps' : 'closes'} the connection`, async () => {
      const found = await exchange(await start(), request, kept ? answers.length : undefined);
      expect(found).to.deep.equal(kept ? [...answers, 404] : answers);
    });
  }

  it('lets nothing past the password, in whatever form a path is written', async () => {
    const port = await start(async () => textReply(401, 'authentication required'));
    for (const { request, answers, kept } of conformanceCases) {
      const found = await exchange(port, request, kept ? answers.length : undefined);
      expect(found, request.slice(0, 100)).to.not.include(200);
    }
  });
});
