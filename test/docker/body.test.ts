import http, { type RequestListener } from 'node:http';
import { expect } from 'chai';
import { connectionsTo } from '../../lib/docker/address.ts';
import { textReader } from '../../lib/docker/body.ts';
import { call, modemFor } from '../../lib/docker/call.ts';
import { failureOf, listen, noTls, patient } from './engine-server.ts';

describe('the bytes of all answers under way', () => {
  const budget = { maxBytes: 300_000, usedBytes: 0 };
  let patience: AbortController;

  /** Asks a server that answers so for a text. */
  async function ask(listener: RequestListener): Promise<string> {
    const server = await listen(http.createServer(listener));
    const connections = connectionsTo({ host: `tcp://127.0.0.1:${server.port}`, tls: noTls });
    const reader = textReader('/info', { maxBytes: 1_000_000, maxTextLength: 1_000_000, budget });
    const limits = { ...patient, signal: patience.signal };
    try {
      return (await call({ connections, modem: modemFor('') }, '/info', {}, limits, reader)).body;
    } finally {
      connections.destroy();
      server.close();
    }
  }

  beforeEach(() => {
    patience = new AbortController();
  });
  afterEach('none is counted any more', () => expect(budget.usedBytes).to.equal(0));

  it('are counted until it is complete', async () => {
    expect(await ask((_request, response) => response.end('x'.repeat(200_000)))).to.have.length(200_000);
  });

  it('are counted until it breaks off', async () => {
    const failure = ask((_request, response) => response.write('x'.repeat(200_000), () => response.destroy()));
    expect(await failureOf(failure)).to.include({ kind: 'malformed' });
  });

  it('are counted until it is given up', async () => {
    const failure = ask((_request, response) => response.write('x'.repeat(1_000), () => patience.abort()));
    expect(await failureOf(failure)).to.include({ kind: 'cancelled' });
  });

  it('are no more than there may be, but for small answers', async () => {
    budget.usedBytes += 200_000;
    try {
      const failure = await failureOf(ask((_request, response) => response.end('x'.repeat(200_000))));
      expect(failure.message).to.match(/^GET \/info: all answers under way together are larger than /);
      expect(await ask((_request, response) => response.end('x'.repeat(60_000)))).to.have.length(60_000);
    } finally {
      budget.usedBytes -= 200_000;
    }
  });
});
