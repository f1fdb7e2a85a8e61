import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { expect } from 'chai';
import { createRequestHandler } from '../../lib/http/request-handler.ts';
import { eventually } from '../support/eventually.ts';

describe('the body of a request', () => {
  let server: Server;
  let client: Socket;
  let answers: string;

  beforeEach(async () => {
    server = createServer(createRequestHandler({ endpoints: new Map(), onError: () => {} }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    answers = '';
    client.on('error', () => {});
    client.setEncoding('latin1').on('data', (text: string) => (answers += text));
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  const post = (length: number): string => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
  const statuses = (): string[] => answers.match(/HTTP\/1\.1 \d+/g) ?? [];

  it('is dropped where it is short, and the connection kept', async () => {
    client.write(`${post(60_000)}${'x'.repeat(60_000)}${post(0)}`);
    await eventually('both are answered', () => statuses().length === 2);
  });

  it('ends the connection where it goes on and on', async () => {
    client.write(post(1_000_000_000));
    await eventually('it is answered', () => statuses().length === 1);
    const block = 'x'.repeat(65_536);
    await eventually('the connection is closed', () => client.closed || void client.write(block));
    expect(client.bytesWritten).to.be.lessThan(100_000_000);
  });
});
