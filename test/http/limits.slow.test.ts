import { Agent, get } from 'node:http';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { send } from '../support/http.ts';

describe('the agent among bad clients', () => {
  let engine: Simulator;
  let agent: TestAgent;
  let sockets: Socket[];

  beforeEach(async () => {
    sockets = [];
    engine = await startSimulator({ containers: 20 });
    agent = await startTestAgent(['--docker.host', engine.host, '--server.max_scrapes', '5']);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await agent.stop();
    await engine.stop();
  });

  /** A connection that sends this and then nothing; what it gets is read. */
  const open = async (text: string): Promise<{ socket: Socket; received: () => string; closed: Promise<void> }> => {
    const socket = connect(agent.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(text, 'latin1');
    return { socket, received: () => received, closed };
  };

  it('takes no more scrapes at a time than set, and answers 429 to the others', async () => {
    engine.fault('info', { delay: 500 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.get('/metrics')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).to.have.length(5);
    expect(refused).to.have.length(15);
    expect(refused[0]?.headers.get('retry-after')).to.equal('1');
    expect((await agent.get('/metrics')).status).to.equal(200);
  });

  it('lets no client hold a scrape by not reading it', async () => {
    const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    for (let client = 0; client < 20; client += 1) {
      const { socket } = await open('');
      socket.pause();
      socket.write(request.repeat(3));
      await sleep(10);
    }
    await eventually('a scrape', async () => (await agent.get('/metrics')).status === 200);
  });

  it('serves a scrape beside 1,000 idle connections and 100 that send a byte at a time, and ends those', async () => {
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => open('')));
    const slow = await Promise.all(Array.from({ length: 100 }, () => open('GET /metrics HTTP/1.1\r\nX: ')));
    const drip = setInterval(() => slow.forEach(({ socket }) => socket.write('a')), 500);
    expect((await agent.metrics()).value('exporter_up')).to.equal(1);
    await Promise.all([...slow, ...idle].map(({ closed }) => closed));
    clearInterval(drip);
    expect(slow[0]?.received()).to.match(/^HTTP\/1\.1 408 /);
    expect((await agent.metrics()).value('exporter_up')).to.equal(1);
  }).timeout(30_000);

  it('answers a scrape whose body does not come, and ends the connection', async () => {
    const { received, closed } = await open('GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    await eventually('the answer', () => received().includes('exporter_up 1'));
    await closed;
    expect(received().match(/^HTTP\/1\.1 \d+/gm)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 408']);
  }).timeout(30_000);

  it('keeps a connection for the next scrape', async () => {
    const keep = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    for (let scrape = 0; scrape < 3; scrape += 1) {
      await new Promise<void>((resolve, reject) => {
        get({ host: '127.0.0.1', port: agent.port, path: '/metrics', agent: keep }, (response) => {
          ports.push(response.socket.localPort);
          response.resume().once('end', resolve);
        }).once('error', reject);
      });
    }
    keep.destroy();
    expect(new Set(ports).size).to.equal(1);
  });

  it('compresses what is asked for compressed, and says what it depends on', async () => {
    const plain = await send({ host: '127.0.0.1', port: agent.port, path: '/metrics' });
    const headers = { 'accept-encoding': 'gzip' };
    const zipped = await send({ host: '127.0.0.1', port: agent.port, path: '/metrics', headers });
    const head = await send({ host: '127.0.0.1', port: agent.port, path: '/metrics', headers, method: 'HEAD' });
    expect(plain.headers).to.include({ vary: 'Accept, Accept-Encoding' }).and.to.not.have.property('content-encoding');
    expect(zipped.headers).to.include({ vary: 'Accept, Accept-Encoding', 'content-encoding': 'gzip' });
    expect(head.headers).to.include({ 'content-encoding': 'gzip', 'content-type': zipped.headers['content-type'] });
    expect(head.body).to.have.length(0);
    expect(zipped.body.length).to.be.lessThan(plain.body.length / 5);
  });
});
