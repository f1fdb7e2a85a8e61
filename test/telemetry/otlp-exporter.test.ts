import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { type OtlpExporter, type OtlpExporterOptions, createOtlpExporter } from '../../lib/telemetry/otlp-exporter.ts';
import type { Point, PointOwner } from '../../lib/telemetry/metric-data.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { sdkWarnings } from '../support/sdk-warnings.ts';
import { type FakeCollector, accept, answer, startFakeCollector, trickle } from '../support/fake-collector.ts';

/** A request with one gauge that two containers have. */
const request = {
  resource: resourceFromAttributes({ name: 'exporter' }),
  scopeMetrics: [
    {
      scope: { name: 'test' },
      metrics: [
        {
          descriptor: { name: 'gauge', description: '', unit: '', valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.GAUGE,
          dataPoints: ['first', 'second'].map((name) => pointOf({ id: name, resource: { name } })),
        },
      ],
    },
  ],
} satisfies ResourceMetrics;

const nothing = { ...request, scopeMetrics: [] };

function pointOf(owner: PointOwner): Point {
  return { startTime: [0, 0], endTime: [1, 0], attributes: {}, value: 1, owner };
}

/** A length as protobuf has it, up to 2 MiB. */
function varint(length: number): Buffer {
  const bytes = [];
  for (let rest = length; rest > 0; rest >>= 7) bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.from(bytes);
}

describe('the OTLP exporter', () => {
  let collector: FakeCollector;
  const exporters: OtlpExporter[] = [];

  beforeEach(async () => {
    collector = await startFakeCollector();
  });
  afterEach(async () => {
    for (const exporter of exporters.splice(0)) exporter.close();
    await collector.stop();
  });

  const create = (options: Partial<OtlpExporterOptions> = {}): OtlpExporter => {
    const exporter = createOtlpExporter({
      url: `${collector.url}/v1/metrics`,
      protocol: 'http/protobuf',
      headers: {},
      compression: 'none',
      timeoutMs: 8_000,
      certificateFile: '',
      clientCertificateFile: '',
      clientKeyFile: '',
      ...options,
    });
    exporters.push(exporter);
    return exporter;
  };
  /** ExportMetricsServiceResponse { partial_success: { rejected_data_points, error_message: "old" } } */
  const partialSuccess = (rejected: number): FakeCollector['react'] => {
    const body = Buffer.from([0x0a, 7, 0x08, rejected, 0x12, 3, ...Buffer.from('old')]);
    return (response) => void response.writeHead(200).end(body);
  };

  it('sends all resources of a push as one request, and keeps the connection for the next', async () => {
    const { send } = create({ headers: { 'api-key': 'secret' } });
    for (let push = 1; push <= 2; push += 1) {
      expect(await send(request)).to.deep.equal({
        ok: true,
        partialSuccess: undefined,
      });
    }
    expect(collector.requests).to.have.length(2);
    for (const { points, headers } of collector.requests) {
      expect(points.map(({ resource }) => resource['name'])).to.deep.equal(['first', 'second']);
      expect(headers).to.include({ connection: 'keep-alive', 'api-key': 'secret' });
      expect(headers).to.include({ 'content-type': 'application/x-protobuf' });
    }
  });

  it('says what of one push the collector left, and nothing of that at the next', async () => {
    const { send } = create();
    collector.react = partialSuccess(3);
    expect(await send(nothing)).to.deep.equal({ ok: true, partialSuccess: { rejected: 3, reason: 'old' } });
    collector.react = accept;
    expect(await send(nothing)).to.deep.equal({ ok: true, partialSuccess: undefined });
  });

  it('takes an answer that only warns for a full success', async () => {
    collector.react = partialSuccess(0);
    expect(await create().send(nothing)).to.deep.equal({ ok: true, partialSuccess: undefined });
  });

  it("cuts the collector's reason for what it left to one short line", async () => {
    const text = Buffer.from(`old\n\u{1b}[31m\u{9b}0m ${'x'.repeat(60_000)}`);
    const message = Buffer.concat([Buffer.from([0x12]), varint(text.length), text]);
    const field = Buffer.concat([Buffer.from([0x08, 3]), message]);
    const body = Buffer.concat([Buffer.from([0x0a]), varint(field.length), field]);
    collector.react = (response) => void response.writeHead(200).end(body);
    const outcome = await create().send(nothing);
    expect(outcome.ok && outcome.partialSuccess?.reason).to.match(/^old \[31m 0m x{280,290}…$/);
  });

  it('takes a push for accepted whose response nobody can decode, and says nothing of that', async () => {
    collector.react = (response) => void response.writeHead(200).end('<html>');
    const warnings = await sdkWarnings(async () => {
      expect(await create().send(nothing)).to.deep.equal({ ok: true, partialSuccess: undefined });
    });
    expect(warnings).to.deep.equal([]);
  });

  for (const [status, expected] of [
    [200, { ok: true, partialSuccess: undefined }],
    [400, { ok: false, refused: false, reason: 'aborted' }],
  ] as const) {
    it(`reads no response of ${status} beyond 64 KiB, and the next one whole`, async () => {
      const { send } = create();
      let written = 0;
      collector.react = (response) => {
        response.writeHead(status);
        const write = (): void => {
          while (!response.destroyed && written < 16 * 2 ** 20) {
            written += 4_096;
            if (!response.write(Buffer.alloc(4_096, ' '))) return void response.once('drain', write);
          }
          response.end();
        };
        write();
      };
      expect(await send(nothing)).to.deep.equal(expected);
      expect(written).to.be.lessThan(16 * 2 ** 20);
      collector.react = (response) => void response.writeHead(200).end(Buffer.alloc(0));
      for (let push = 0; push < 400; push += 1) expect(await send(nothing)).to.include({ ok: true });
    });
  }

  const refusals: readonly (readonly [string, Buffer, string])[] = [
    ['text', Buffer.from('out of order\nsample'), 'out of order sample'],
    ['JSON', Buffer.from('{"code":3,"message":"too \\"old\\""}'), 'too "old"'],
    ['protobuf', Buffer.concat([Buffer.from([0x08, 3, 0x12, 7]), Buffer.from('too old')]), 'too old'],
    [
      'protobuf',
      Buffer.concat([Buffer.from([0x12]), varint(200), Buffer.from('too old'.padEnd(200)), Buffer.from([0x1a, 0])]),
      'too old',
    ],
  ];
  for (const [encoding, body, words] of refusals) {
    it(`says why the collector refused a push, in a body of ${body.length} bytes of ${encoding}`, async () => {
      collector.react = (response) => void response.writeHead(400).end(body);
      expect(await create().send(nothing)).to.deep.equal({
        ok: false,
        refused: true,
        reason: `HTTP 400 Bad Request: ${words}`,
      });
    });
  }

  for (const [what, react, reason] of [
    ['refuses it', answer(400), 'HTTP 400 Bad Request'],
    [
      'asks for a retry that comes too late',
      answer(503, { 'Retry-After': '3600' }),
      'the collector asks to retry later (429, 502, 503 or 504)',
    ],
  ] as const) {
    it(`says so where the collector ${what}`, async () => {
      collector.react = react;
      expect(await create().send(nothing)).to.include({ ok: false, reason });
      expect(collector.requests).to.have.length(1);
    });
  }

  it('says so where nothing listens, at one address or at several', async () => {
    await collector.stop();
    const { port } = new URL(collector.url);
    for (const host of ['127.0.0.1', 'localhost']) {
      const outcome = await create({ url: `http://${host}:${port}/v1/metrics`, timeoutMs: 500 }).send(nothing);
      expect(outcome.ok || outcome.reason).to.match(/^(connect )?ECONNREFUSED/);
    }
  });

  it('gives up an answer without an end, and its connection', async () => {
    collector.react = trickle;
    expect(await create({ timeoutMs: 200 }).send(nothing)).to.include({ ok: false, reason: 'no answer within 200 ms' });
    await eventually('the connection is closed', () => collector.connections() === 0);
  });

  it('breaks off the request under way when it is closed', async () => {
    collector.react = () => {
      collector.react = accept;
    };
    const exporter = create();
    const sent = exporter.send(nothing);
    await eventually('the request is under way', () => collector.requests.length === 1);
    exporter.close();
    // Broken connections are tried again.
    expect(await sent).to.include({ ok: true });
    expect(collector.requests).to.have.length(2);
  });

  it('fails, and does not throw, where a push can not be encoded', async () => {
    const tooLarge: ResourceMetrics = {
      ...request,
      get scopeMetrics(): never {
        throw new RangeError('too large');
      },
    };
    expect(await create().send(tooLarge)).to.deep.equal({ ok: false, refused: false, reason: 'too large' });
    expect(collector.requests).to.deep.equal([]);
  });

  describe('over TLS', () => {
    let authority: Authority;

    before(async () => {
      authority = await createAuthority();
    });
    after(() => authority.remove());

    it('shows its certificate to a collector of an own authority, and keeps the connection', async () => {
      const { certFile, keyFile } = await authority.issue('collector');
      const secure = await startFakeCollector({
        cert: readFileSync(certFile),
        key: readFileSync(keyFile),
        ca: authority.ca,
        requestCert: true,
        rejectUnauthorized: true,
      });
      try {
        const { url } = secure;
        const files = { certificateFile: authority.caFile, clientCertificateFile: certFile, clientKeyFile: keyFile };
        expect(await create({ url, ...files }).send(nothing)).to.include({ ok: true });
        expect(secure.requests[0]?.headers).to.include({ connection: 'keep-alive' });
        expect(await create({ url, ...files, certificateFile: '' }).send(nothing)).to.include({ ok: false });
        expect(await create({ url, ...files, clientCertificateFile: '', clientKeyFile: '' }).send(nothing)).to.include({
          ok: false,
        });
        expect(secure.requests).to.have.length(1);
      } finally {
        await secure.stop();
      }
    });

    it('names the settings where a file is no certificate', async () => {
      const text = join(authority.folder, 'text.pem');
      await writeFile(text, 'no certificate');
      expect(() => create({ url: 'https://127.0.0.1', clientCertificateFile: text })).to.throw(
        /^otlp\.certificate, otlp\.client_certificate or otlp\.client_key can't be used: \S/,
      );
    });
  });
});
