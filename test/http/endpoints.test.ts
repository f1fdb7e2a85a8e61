import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { expect } from 'chai';
import { type EndpointOptions, allEndpoints, probeEndpoints } from '../../lib/http/endpoints.ts';
import { type ListeningServer, listen } from '../../lib/http/server.ts';

describe('the endpoints', () => {
  let server: ListeningServer;
  let options: { -readonly [key in keyof EndpointOptions]: EndpointOptions[key] };
  let timeouts: number[];
  let errors: unknown[];

  beforeEach(async () => {
    timeouts = [];
    errors = [];
    options = {
      paths: { metrics: '/metrics', cadvisor: '/metrics/cadvisor', health: '/health', ready: '/ready' },
      grafanaUrl: '',
      build: { version: '1.2.3', commit: 'abc', buildDate: '2026-11-22', nodeVersion: 'v24.0.0' },
      timeoutMs: 30_000,
      maxScrapes: () => 2,
      containers: async () => Buffer.from('{}'),
      doctor: async () => 'ok    engine: it answers\n',
      scrape: async ({ timeoutMillis }) => {
        timeouts.push(timeoutMillis);
        return Buffer.from('exporter_up 1\n');
      },
      scrapeCadvisor: async () => Buffer.from('machine_scrape_error 0\n'),
      ready: async () => true,
    };
    const endpoints = new Map(
      allEndpoints({ ...options, scrape: (limits) => options.scrape(limits), ready: () => options.ready() }),
    );
    server = await listen({ address: '127.0.0.1', port: 0, endpoints, onError: (_, error) => errors.push(error) });
  });
  afterEach(() => server.close(0));

  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init);

  it('are there on both families where no address is set', async () => {
    const { port, close } = await listen({ address: '', port: 0, endpoints: allEndpoints(options), onError: () => {} });
    const hosts = [
      '127.0.0.1',
      ...(Object.values(networkInterfaces())
        .flat()
        .some((each) => each?.address === '::1')
        ? ['[::1]']
        : []),
    ];
    for (const host of hosts) expect((await fetch(`http://${host}:${port}/health`)).status).to.equal(200);
    await close(0);
  });

  it('serve the exposition with the version of its format', async () => {
    const response = await get('/metrics');
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).to.equal('exporter_up 1\n');
  });

  it("serve the same under cAdvisor's names, where that has a path", async () => {
    const response = await get('/metrics/cadvisor');
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).to.equal('machine_scrape_error 0\n');
    const without = allEndpoints({ ...options, paths: { ...options.paths, cadvisor: '' } });
    expect([...without.keys()])
      .to.include('/metrics')
      .and.not.to.include('/metrics/cadvisor')
      .and.not.to.include('');
  });

  it('answer a query string as if it were not there', async () => {
    expect((await get('/metrics?collect[]=cpu')).status).to.equal(200);
  });

  const scrapeTimeouts: readonly (readonly [string, number])[] = [
    ['10', 9_500],
    ['1.5', 1_000],
    ['60', 30_000],
    ['0.2', 50],
    ['0', 30_000],
    ['-3', 30_000],
    ['soon', 30_000],
  ];
  for (const [header, expected] of scrapeTimeouts) {
    it(`give a scrape ${expected} ms when Prometheus waits for "${header}" seconds`, async () => {
      await get('/metrics', { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': header } });
      expect(timeouts).to.have.length(1);
      // The time since the request arrived is gone.
      expect(timeouts[0])
        .to.be.at.most(expected)
        .and.to.be.greaterThan(expected - 1_000);
    });
  }

  it('are alive whatever the daemon does, and ready only when the daemon answers', async () => {
    expect((await get('/health')).status).to.equal(200);
    expect((await get('/ready')).status).to.equal(200);
    options.ready = async () => false;
    expect((await get('/health')).status).to.equal(200);
    const unready = await get('/ready');
    expect(unready.status).to.equal(503);
    expect(await unready.text()).to.equal('the Docker daemon does not answer\n');
  });

  it('answer the version as JSON', async () => {
    const response = await get('/version');
    expect(response.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(await response.json()).to.deep.equal({
      version: '1.2.3',
      commit: 'abc',
      build_date: '2026-11-22',
      go_version: 'n/a',
      node_version: 'v24.0.0',
    });
  });

  it('link from the page to the other paths, and to Grafana where it has an address', async () => {
    const linksAt = async (port: number): Promise<string[]> => {
      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      return [...page.matchAll(/<a href="([^"]*)">/g)].map(([, address = '']) => address);
    };
    const own = ['metrics', 'metrics/cadvisor', 'health', 'ready', 'version', 'doctor'];
    expect(await linksAt(server.port)).to.deep.equal(own);
    const endpoints = allEndpoints({ ...options, grafanaUrl: 'https://g/d?a=1&b="2"' });
    const other = await listen({ address: '127.0.0.1', port: 0, endpoints, onError: () => {} });
    expect(await linksAt(other.port)).to.deep.equal([...own, 'https://g/d?a=1&#38;b=&#34;2&#34;']);
    await other.close(0);
  });

  it('answer HEAD with the headers of GET and no body', async () => {
    const response = await get('/metrics', { method: 'HEAD' });
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-length')).to.equal('14');
    expect(await response.text()).to.equal('');
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    it(`refuse ${method} and say what is allowed`, async () => {
      const response = await get('/metrics', { method });
      expect(response.status).to.equal(405);
      expect(response.headers.get('allow')).to.equal('GET, HEAD');
      expect((await response.text()).split('\n')).to.have.length(2);
    });
  }

  for (const path of ['/nothing', '/metrics/', '//metrics', '/METRICS', '/constructor']) {
    it(`do not know ${path}`, async () => {
      const response = await get(path);
      expect(response.status).to.equal(404);
      expect(await response.text()).to.equal('not found\n');
    });
  }

  it('answer 500 in one line when a scrape fails, and log why', async () => {
    const failure = new Error('a secret reason');
    options.scrape = () => Promise.reject(failure);
    const response = await get('/metrics');
    expect(response.status).to.equal(500);
    expect(await response.text()).to.equal('internal error\n');
    expect(errors).to.deep.equal([failure]);
  });

  it('are only the probes on a port for probes', async () => {
    expect([...probeEndpoints(options).keys()]).to.deep.equal(['/health', '/ready']);
  });

  it('let a scrape under way finish when the server closes', async () => {
    const held = Promise.withResolvers<Buffer>();
    const asked = Promise.withResolvers<void>();
    options.scrape = () => {
      asked.resolve();
      return held.promise;
    };
    const answer = get('/metrics');
    await asked.promise;
    const closed = server.close(5_000);
    held.resolve(Buffer.from('late but whole\n'));
    expect(await (await answer).text()).to.equal('late but whole\n');
    await closed;
  });

  it('end connections that hang when the grace period is over', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /metrics HTTP/1.1\r\n');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await server.close(10);
    await ended;
    expect(socket.destroyed).to.equal(true);
  });
});
