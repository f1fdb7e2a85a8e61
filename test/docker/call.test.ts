import { getEventListeners } from 'node:events';
import net from 'node:net';
import { expect } from 'chai';
import { createDockerClient } from '../../lib/docker/client.ts';
import { isForbidden, isGone } from '../../lib/docker/errors.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { eventually } from '../support/eventually.ts';
import { failureOf, listen, noTls, patient, useServer } from './engine-server.ts';

const impatient = { milliseconds: 200 };

describe('a failed call', () => {
  const serve = useServer();

  async function failureAt(host: string): Promise<{ kind: string; message: string }> {
    const client = await createDockerClient({ host, tls: noTls }, '');
    const { kind, message } = await failureOf(client.info(patient));
    client.close();
    return { kind, message };
  }

  it('is unreachable and names the port where nothing listens', async () => {
    const server = await listen(net.createServer());
    server.close();
    expect(await failureAt(`tcp://127.0.0.1:${server.port}`)).to.deep.equal({
      kind: 'unreachable',
      message: `GET /info: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    });
  });

  it('is unreachable and names the socket that is missing', async () => {
    expect(await failureAt('unix:///nowhere/docker.sock')).to.deep.equal({
      kind: 'unreachable',
      message: 'GET /info: connect ENOENT /nowhere/docker.sock',
    });
  });

  it('is unreachable when the other side speaks no HTTP', async () => {
    const { client } = await serve(net.createServer((connection) => connection.end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(await failureOf(client.info(patient))).to.include({ kind: 'unreachable' });
  });

  it('is unreachable, and not tried again, when a new connection is closed without an answer', async () => {
    const closing = net.createServer((connection) => connection.once('data', () => connection.end()));
    const { client, connections } = await serve(closing);
    const { kind, message } = await failureOf(client.info(patient));
    expect({ kind, message }).to.deep.equal({ kind: 'unreachable', message: 'GET /info: other side closed' });
    expect(connections).to.have.length(1);
  });

  it('times out and drops its connection when no answer begins', async () => {
    const { client, connections } = await serve(() => undefined);
    const { kind, message } = await failureOf(client.info(impatient));
    expect({ kind, message }).to.deep.equal({
      kind: 'timeout',
      message: 'GET /info: no complete answer within 0.2 s',
    });
    await eventually('the connection is closed', () => connections[0]?.closed);
  });

  for (const status of [200, 500]) {
    it(`times out and drops its connection when the body of a ${status} stops`, async () => {
      const { client, connections } = await serve((_request, response) => {
        response.writeHead(status).write('{"message": "half an ans');
      });
      expect(await failureOf(client.info(impatient))).to.include({ kind: 'timeout' });
      await eventually('the connection is closed', () => connections[0]?.closed);
    });
  }

  for (const { how, headers } of [
    { how: 'a chunked answer', headers: {} },
    { how: 'an answer with a length', headers: { 'Content-Length': 1000 } },
  ]) {
    it(`is malformed when ${how} is cut short`, async () => {
      const { client } = await serve((_request, response) => {
        response.writeHead(200, headers).write('[]', () => response.destroy());
      });
      const { kind, message } = await failureOf(client.count('networks', patient));
      expect({ kind, message }).to.deep.equal({
        kind: 'malformed',
        message: 'GET /networks: the answer broke off',
      });
    });
  }

  it('is malformed when the answer is no JSON', async () => {
    const { client } = await serve((_request, response) => response.end('<html>'));
    const { kind, message } = await failureOf(client.count('networks', patient));
    expect({ kind, message }).to.deep.equal({
      kind: 'malformed',
      message: 'GET /networks: no JSON list',
    });
  });

  for (const { status, kind, message } of [
    { status: 200, kind: 'malformed', message: 'GET /info: answer larger than the memory limit allows (1.3 MiB)' },
    { status: 500, kind: 'status', message: 'GET /info: status 500' },
  ]) {
    it(`is one of ${kind}, and its connection dropped, when a ${status} never comes to its end`, async () => {
      const block = Buffer.alloc(64 * 1024, ' ');
      const { client, connections } = await serve(
        (_request, response) => {
          const write = (): boolean => response.write(block, () => !response.destroyed && write());
          response.writeHead(status);
          write();
        },
        { answers: createMemoryShare(2.5 * 2 ** 20) },
      );
      expect(await failureOf(client.info(patient))).to.include({ kind, message });
      await eventually('the connection is closed', () => connections[0]?.closed);
    });
  }

  for (const { status, body, message } of [
    { status: 404, body: '{"message":"No such container: abc"}', message: 'status 404: No such container: abc' },
    { status: 409, body: '{"cause":"gone","message":"is gone","response":409}', message: 'status 409: is gone' },
    { status: 403, body: '403 Forbidden\nby the proxy', message: 'status 403: 403 Forbidden' },
    { status: 502, body: `<html>${'x'.repeat(5000)}`, message: `status 502: <html>${'x'.repeat(194)}` },
    { status: 500, body: '', message: 'status 500' },
    { status: 500, body: 'null', message: 'status 500: null' },
    { status: 204, body: '', message: 'status 204' },
  ]) {
    it(`keeps the status and the first words of a ${status} that says "${body.slice(0, 20)}"`, async () => {
      const { client } = await serve((_request, response) => response.writeHead(status).end(body));
      const error = await failureOf(client.inspectContainer('abc', patient));
      expect(error).to.include({ kind: 'status', status, message: `GET /containers/abc/json: ${message}` });
      expect(isGone(error)).to.equal(status === 404 || status === 409);
      expect(isForbidden(error)).to.equal(status === 403);
    });
  }

  it('names the server that gave a status and is no engine', async () => {
    const { client } = await serve(({ url }, response) => {
      if (url === '/info') response.setHeader('Api-Version', '1.47');
      response.writeHead(404, { Server: 'nginx/1.27' }).end('<html>');
    });
    expect(await failureOf(client.info(patient))).to.include({ message: 'GET /info: status 404: <html>' });
    expect(await failureOf(client.ping(patient))).to.include({
      message: 'GET /_ping: status 404 from nginx/1.27: <html>',
    });
  });

  it('says what came in place of JSON, but nothing of JSON that is broken', async () => {
    const { client } = await serve(({ url }, response) =>
      response.end(url === '/info' ? '<html>\n<body>' : '{"Args":["--password=secret'),
    );
    expect(await failureOf(client.info(patient))).to.include({ message: 'GET /info: the answer is not JSON: <html>' });
    const broken = await failureOf(client.inspectContainer('abc', patient));
    expect(broken).to.include({ message: 'GET /containers/abc/json: the answer is not JSON' });
  });

  for (const body of ['', '<html>', 'Not OK']) {
    it(`is one of a malformed answer for a ping that is answered with "${body}"`, async () => {
      const { client } = await serve((_request, response) => response.end(body));
      const message = `GET /_ping: not answered with OK${body === '' ? '' : `: ${body}`}`;
      expect(await failureOf(client.ping(patient))).to.include({ kind: 'malformed', message });
    });
  }

  for (const location of ['http://127.0.0.1:1/', '/info', 'ftp://engine/', 'http://[', '']) {
    it(`is one of a status for a redirection to "${location}", which nobody follows`, async () => {
      const paths: (string | undefined)[] = [];
      const { client } = await serve(({ url }, response) => {
        paths.push(url);
        response.writeHead(301, { Location: location }).end();
      });
      expect(await failureOf(client.info(patient))).to.include({ kind: 'status', status: 301 });
      expect(paths).to.deep.equal(['/info']);
    });
  }
});

describe('an answered call', () => {
  const serve = useServer();

  it('passes over what is said before the answer', async () => {
    const { client } = await serve((_request, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('{"NCPU":2}'));
    });
    expect((await client.info(patient)).answer).to.deep.equal({ NCPU: 2 });
  });
});

describe('a cancelled call', () => {
  const serve = useServer();

  it('never reaches the engine when it was cancelled before', async () => {
    const { client, connections } = await serve((_request, response) => response.end('{}'));
    const error = await failureOf(client.info({ ...patient, signal: AbortSignal.abort() }));
    expect(error).to.include({ kind: 'cancelled', message: 'GET /info: cancelled' });
    expect(connections).to.have.length(0);
  });

  for (const { when, begin } of [
    { when: 'before the answer begins', begin: '' },
    { when: 'in the middle of the answer', begin: '{"half":' },
  ]) {
    it(`ends at once and drops its connection ${when}`, async () => {
      const cancellation = new AbortController();
      const { client, connections } = await serve((_request, response) => {
        if (begin === '') cancellation.abort();
        else response.write(begin, () => cancellation.abort());
      });
      const error = await failureOf(client.info({ ...patient, signal: cancellation.signal }));
      expect(error).to.include({ kind: 'cancelled' });
      await eventually('the connection is closed', () => connections[0]?.closed);
    });
  }

  it('leaves nothing on a signal that two thousand calls share, and warns of nothing', async function () {
    this.timeout(30_000);
    const warnings: Error[] = [];
    const collect = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', collect);
    const { client } = await serve((_request, response) => response.end('{}'));
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 100 }, () => client.info({ ...patient, signal })));
    }
    process.off('warning', collect);
    expect(warnings).to.deep.equal([]);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });
});

describe('the connections of the Docker client', () => {
  const serve = useServer();

  it('are kept and used again, after errors and empty bodies too', async () => {
    const { client, connections } = await serve(({ url }, response) => {
      response.writeHead(url?.startsWith('/containers/') ? 200 : 404).end();
    });
    for (let round = 0; round < 10; round += 1) {
      await client.containerStats('a', patient);
      await failureOf(client.count('networks', patient));
    }
    expect(connections).to.have.length(1);
  });

  it('are as many as there are calls at once, and no more', async () => {
    const { client, connections } = await serve((_request, response) => response.end('{}'));
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => client.info(patient)));
    }
    expect(connections).to.have.length(20);
  });

  it('end with the client', async () => {
    const { client, connections } = await serve((_request, response) => response.end('{}'));
    await client.info(patient);
    client.close();
    await eventually('the connection is closed', () => connections[0]?.closed);
  });

  it('fail no call when the other side closes them just as they are used again', async () => {
    const { client, connections } = await serve(net.createServer(answerOnce));
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => client.inspectContainer('abc', patient)));
      expect(answers).to.deep.equal([{}, {}, {}, {}, {}]);
    }
    expect(connections).to.have.length(15);
  });

  it('fail a call that finds a new one reset after a kept one', async () => {
    const { client, connections } = await serve(
      net.createServer(answering(1, (connection) => connection.write(answer))),
    );
    await client.info(patient);
    expect(await failureOf(client.info(patient))).to.include({ kind: 'unreachable' });
    expect(connections).to.have.length(2);
  });

  it('fail a call that finds a new one reset where none was kept any more', async () => {
    const { client, connections } = await serve(net.createServer(answering(1, (connection) => connection.end(answer))));
    await client.info(patient);
    await eventually('the connection is closed', () => connections[0]?.closed);
    expect(await failureOf(client.info(patient))).to.include({ kind: 'unreachable' });
    expect(connections).to.have.length(2);
  });

  it('fail a call whose answer had begun', async () => {
    const answers = [answer, answer.slice(0, -1)];
    const { client, connections } = await serve(
      net.createServer(
        answering(2, (connection) =>
          connection.write(answers.shift() ?? '', () => answers.length === 0 && connection.end()),
        ),
      ),
    );
    await client.info(patient);
    expect(await failureOf(client.info(patient))).to.include({ kind: 'malformed' });
    expect(connections).to.have.length(1);
  });
});

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** Answers so many requests on whatever connections, and resets those of all others. */
function answering(times: number, respond: (connection: net.Socket) => void): (connection: net.Socket) => void {
  let left = times;
  return (connection) =>
    connection.on('data', () => {
      if (left > 0) respond(connection);
      else connection.resetAndDestroy();
      left -= 1;
    });
}

/** Promises to keep the connection, and resets it when it is used again. */
function answerOnce(connection: net.Socket): void {
  let isUsed = false;
  connection.on('data', () => {
    if (isUsed) connection.resetAndDestroy();
    else connection.write(answer);
    isUsed = true;
  });
}
