import http, { type RequestListener } from 'node:http';
import net from 'node:net';
import { expect } from 'chai';
import { buildConnector } from 'undici';
import { textReader } from '../../lib/docker/body.ts';
import { call, modemFor } from '../../lib/docker/call.ts';
import {
  type Connect,
  type Connections,
  type ConnectionsOptions,
  createConnections,
} from '../../lib/docker/connections.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { eventually } from '../support/eventually.ts';
import { type EngineServer, failureOf, listen, patient } from './engine-server.ts';

describe('connections', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  const connect: Connect = buildConnector({ timeout: 4_000 });

  async function connectionsTo(
    listener: RequestListener,
    options: Partial<ConnectionsOptions>,
  ): Promise<EngineServer & { readonly to: Connections }> {
    const server = await listen(http.createServer({ keepAliveTimeout: 0 }, listener));
    const to = createConnections(`http://127.0.0.1:${server.port}`, { connect, idleTimeoutMs: 4_000, ...options });
    ends.push(to.destroy, server.close);
    return { ...server, to };
  }

  const get = async (connections: Connections, path: string, signal?: AbortSignal): Promise<string> => {
    const bodyLimits = { answers: createMemoryShare(10_000), maxTextLength: 100 };
    const reader = textReader(path, bodyLimits, (text) => text);
    const route = { connections, modem: modemFor(''), bodyLimits };
    return (await call(route, path, {}, { ...patient, signal }, reader)).body;
  };

  it('are closed when they are idle for long', async () => {
    const { to, connections } = await connectionsTo((_request, response) => response.end(), { idleTimeoutMs: 50 });
    await get(to, '/info');
    // undici's own time is four seconds.
    await eventually('the connection is closed', () => connections[0]?.closed, { within: 3_000 });
    await get(to, '/info');
    expect(connections).to.have.length(2);
  });

  it('are no more than there may be, and go to those who wait in their order', async () => {
    const paths: (string | undefined)[] = [];
    const { to, connections } = await connectionsTo(
      ({ url }, response) => {
        paths.push(url);
        response.end(url);
      },
      { max: 1 },
    );
    const wanted = ['/1', '/2', '/3', '/4'];
    expect(await Promise.all(wanted.map((path) => get(to, path)))).to.deep.equal(wanted);
    expect(paths).to.deep.equal(wanted);
    expect(connections).to.have.length(1);
  });

  it('are not spent on a call that was given up while it waited', async () => {
    const paths: (string | undefined)[] = [];
    const waiting = new AbortController();
    const { to, connections } = await connectionsTo(
      ({ url }, response) => {
        paths.push(url);
        waiting.abort();
        response.end();
      },
      { max: 1 },
    );
    const calls = [get(to, '/1'), failureOf(get(to, '/2', waiting.signal)), get(to, '/3')] as const;
    expect(await calls[1]).to.include({ kind: 'cancelled' });
    await Promise.all(calls);
    expect(paths).to.deep.equal(['/1', '/3']);
    expect(connections).to.have.length(1);
  });

  it('carry nothing of a call that was given up while they were opened', async () => {
    const paths: (string | undefined)[] = [];
    const opening = new AbortController();
    const { to } = await connectionsTo(
      ({ url }, response) => {
        paths.push(url);
        response.end();
      },
      {
        max: 1,
        connect: (options, done) => {
          opening.abort();
          setImmediate(() => connect(options, done));
        },
      },
    );
    expect(await failureOf(get(to, '/1', opening.signal))).to.include({ kind: 'cancelled' });
    await get(to, '/2');
    expect(paths).to.deep.equal(['/2']);
  });

  it('fail those who wait for one too when they end', async () => {
    const { to } = await connectionsTo(() => to.destroy(), { max: 1 });
    const failures = await Promise.all(['/1', '/2'].map((path) => failureOf(get(to, path))));
    expect(failures.map(({ kind }) => kind)).to.deep.equal(['unreachable', 'unreachable']);
    expect(await failureOf(get(to, '/3'))).to.include({ message: 'GET /3: the client is closed' });
  });

  it('that are still to be opened end with them', async () => {
    const sockets: net.Socket[] = [];
    const to = createConnections('http://engine', {
      connect: () => {
        const socket = new net.Socket();
        sockets.push(socket);
        return socket;
      },
      idleTimeoutMs: 4_000,
    });
    const call = failureOf(get(to, '/1'));
    await eventually('one is being opened', () => sockets.length === 1);
    to.destroy();
    expect(sockets.map(({ destroyed }) => destroyed)).to.deep.equal([true]);
    expect(await call).to.include({ kind: 'unreachable' });
  });
});
