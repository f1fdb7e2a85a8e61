import http, { type RequestListener } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import util from 'node:util';
import { expect } from 'chai';
import sinon from 'sinon';
import { createDockerClient, type DockerClient } from '../../lib/docker/client.ts';
import { failureOf, listen, noTls, patient, useServer } from './engine-server.ts';

/** Answers every request with its own method, URL and Host header. */
const echo: RequestListener = ({ method, url, headers }, response) => {
  response.end(JSON.stringify({ method, url, host: headers.host }));
};

describe('the Docker client', () => {
  const serve = useServer();

  it('asks for exactly what each method is named for', async () => {
    let asked = '';
    const { client } = await serve(({ method, url = '' }, response) => {
      asked = `${method} ${url}`;
      const isList = /^.(containers.json|images.json|networks)/.test(url);
      response.end(url.startsWith('/events') ? '' : isList ? '[]' : '{"Volumes":[]}');
    });
    const ask = async (call: Promise<unknown>): Promise<string> => {
      await call;
      return asked;
    };
    expect(await ask(client.listContainers(patient, () => undefined))).to.equal('GET /containers/json?all=1');
    expect(await ask(client.inspectContainer('abc', patient))).to.equal('GET /containers/abc/json');
    expect(await ask(client.containerStats('abc', patient))).to.equal(
      'GET /containers/abc/stats?stream=false&one-shot=true',
    );
    expect(await ask(client.info(patient))).to.equal('GET /info');
    for (const endpoint of ['images/json', 'volumes', 'networks'] as const) {
      expect(await ask(client.count(endpoint, patient))).to.equal(`GET /${endpoint}`);
    }
    expect(await ask(client.diskUsage(undefined, patient))).to.equal('GET /system/df');
    expect(await ask(client.diskUsage('volume', patient))).to.equal('GET /system/df?type=volume&verbose=1');
    expect(await ask(client.pastEvents('1', '2', patient))).to.match(/^GET .events\?filters=[^&]+&since=1&until=2$/);
  });

  it('never lets a container id reach beyond its place in the path', async () => {
    const { client } = await serve(echo);
    expect(await client.inspectContainer('../info?x=/', patient)).to.include({
      url: '/containers/..%2Finfo%3Fx%3D%2F/json',
    });
  });

  it('tells the engine from the headers of its ping', async () => {
    const { client } = await serve(({ url }, response) => {
      response.writeHead(url === '/_ping' ? 200 : 404, { 'API-Version': '1.44' }).end('OK');
    });
    expect(await client.ping(patient)).to.deep.equal({
      product: 'docker',
      apiVersion: '1.44',
      sampledStats: false,
      oneShotStats: true,
    });
  });

  it('goes by the API version that it asks in', async () => {
    const server = await listen(
      http.createServer((_request, response) => void response.writeHead(200, { 'API-Version': '1.52' }).end('OK')),
    );
    const client = await createDockerClient({ host: `tcp://127.0.0.1:${server.port}`, tls: noTls }, '1.40');
    try {
      expect(await client.ping(patient)).to.include({ sampledStats: true, oneShotStats: false });
    } finally {
      client.close();
      server.close();
    }
  });

  for (const { engine, field } of [
    { engine: 'Docker', field: 'id' },
    { engine: 'Podman', field: 'Id' },
  ]) {
    it(`refuses stats in which ${engine} tells of another container`, async () => {
      const { client } = await serve((_request, response) => response.end(`{"read":"","${field}":"abc"}`));
      expect(await client.containerStats('abc', patient)).to.include({ [field]: 'abc' });
      const { kind, message } = await failureOf(client.containerStats('def', patient));
      expect({ kind, message }).to.deep.equal({
        kind: 'malformed',
        message: 'GET /containers/def/stats: the answer is about another container',
      });
      expect(client.calls().stats).to.include({ ok: 1, error: 1 });
    });
  }

  it('refuses an inspection of another container', async () => {
    const { client } = await serve((_request, response) => response.end('{"Id":"abc","State":{}}'));
    expect(await client.inspectContainer('abc', patient)).to.include({ Id: 'abc' });
    expect(await failureOf(client.inspectContainer('def', patient))).to.include({ kind: 'malformed' });
  });

  it('knows from /info who answers, and when', async () => {
    const { client } = await serve((_request, response) => {
      response.writeHead(200, { 'API-Version': '1.44' }).end('{"SystemTime":"2026-11-22T08:26:55.5Z","NCPU":2}');
    });
    const { engine, clock, answer } = await client.info(patient);
    expect(engine).to.include({ product: 'docker', apiVersion: '1.44' });
    expect(clock).to.equal('1795336015.5');
    expect(answer).to.include({ NCPU: 2 });
  });

  it('opens no stream of events once it is closed', async () => {
    const { client, connections } = await serve((_request, response) => response.writeHead(200).flushHeaders());
    const stream = await client.openEvents('0', () => {}, patient);
    client.close();
    await stream.ended;
    expect(await failureOf(client.openEvents('0', () => {}, patient))).to.include({ kind: 'cancelled' });
    expect(connections).to.have.length(1);
  });

  it('takes an empty body for no answer, as Podman gives of a stopped container', async () => {
    const { client } = await serve((_request, response) => response.end());
    expect(await client.containerStats('abc', patient)).to.equal(undefined);
  });

  it('puts an answer of many pieces together, characters cut in two included', async () => {
    const text = JSON.stringify({ name: 'größe'.repeat(200) });
    const { client } = await serve((_request, response) => {
      for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
      response.end();
    });
    expect((await client.info(patient)).answer).to.deep.equal(JSON.parse(text));
  });

  it('renders nothing of a request for docker-modem’s debug line', async () => {
    const { client } = await serve(echo);
    const inspect = sinon.spy(util, 'inspect');
    try {
      await client.info(patient);
      expect(inspect.callCount).to.equal(0);
    } finally {
      inspect.restore();
    }
  });
});

describe('the address of the Docker client', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exporter-client-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What an engine at `host` sees of a request; `PORT` stands for the one it listens on. */
  async function seenAt(host: string, apiVersion = '', path?: string): Promise<unknown> {
    const server = await listen(http.createServer(echo), path);
    let client: DockerClient | undefined;
    try {
      client = await createDockerClient({ host: host.replace('PORT', String(server.port)), tls: noTls }, apiVersion);
      return await client.containerStats('abc', patient);
    } finally {
      client?.close();
      server.close();
    }
  }

  const url = '/containers/abc/stats?stream=false&one-shot=true';

  it('may be a unix socket', async () => {
    const path = join(folder, 'docker.sock');
    expect(await seenAt(`unix://${path}`, '', path)).to.include({ url });
  });

  it('may be a unix socket with escaped characters in its path', async () => {
    const path = join(folder, 'user docker.sock');
    expect(await seenAt(`unix://${folder}/user%20docker.sock`, '', path)).to.include({ url });
  });

  it('may be tcp:// or http://', async () => {
    expect(await seenAt('tcp://127.0.0.1:PORT')).to.include({ url });
    expect(await seenAt('http://localhost:PORT/')).to.include({ url });
  });

  it('is what the Host header says, so that a proxy knows where to', async () => {
    const path = join(folder, 'docker.sock');
    expect(await seenAt(`unix://${path}`, '', path)).to.include({ host: 'localhost' });
    expect(await seenAt('tcp://127.0.0.1:PORT'))
      .to.have.property('host')
      .that.matches(/^127\.0\.0\.1:\d+$/);
    expect(await seenAt('http://localhost:PORT/'))
      .to.have.property('host')
      .that.matches(/^localhost:\d+$/);
  });

  it('fails a call, not the client, when no host can have it', async () => {
    const client = await createDockerClient({ host: 'tcp://256.0.0.1:2375', tls: noTls }, '');
    // How soon that is known is up to the resolver.
    const { kind } = await failureOf(client.ping({ milliseconds: 10 }));
    expect(kind).to.be.oneOf(['unreachable', 'timeout']);
    client.close();
  });

  for (const version of ['1.41', 'v1.41']) {
    it(`is followed by the API version when it is set to ${version}`, async () => {
      const path = join(folder, 'docker.sock');
      const versioned = { url: `/v1.41${url}` };
      expect(await seenAt(`unix://${path}`, version, path)).to.include(versioned);
      expect(await seenAt('tcp://127.0.0.1:PORT', version)).to.include(versioned);
    });
  }

  it('wins over the environment that docker-modem reads for itself, and leaves it as it is', async () => {
    const environment = {
      DOCKER_HOST: 'tcp://127.0.0.1:1',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/nowhere',
      DOCKER_PATH_PREFIX: '/elsewhere',
    };
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const path = join(folder, 'docker.sock');
      expect(await seenAt(`unix://${path}`, '', path)).to.include({ url });
      expect(await seenAt('tcp://127.0.0.1:PORT')).to.include({ url });
      expect(process.env).to.include(environment);
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});
