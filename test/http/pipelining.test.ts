import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { createRequestHandler } from '../../lib/http/request-handler.ts';

describe('requests that are sent without waiting for answers', () => {
  for (const { requests, answers } of [
    { requests: 16, answers: 16 },
    { requests: 17, answers: 0 },
    { requests: 2_000, answers: 0 },
  ]) {
    it(`are answered ${answers} times where they are ${requests} at once`, async () => {
      const server = createServer(createRequestHandler({ endpoints: new Map(), onError: () => {} }));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      client.on('error', () => {});
      let received = '';
      client.setEncoding('latin1').on('data', (text: string) => (received += text));
      const request = (headers: string): string => `GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
      client.write(request('').repeat(requests - 1) + request('Connection: close\r\n'));
      await once(client, 'close');
      server.close();
      expect(received.match(/HTTP\/1\.1 404/g) ?? []).to.have.length(answers);
    });
  }
});
