import net from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { createDockerClient } from '../../lib/docker/client.ts';
import { EngineError } from '../../lib/docker/errors.ts';
import { listen, noTls, patient } from '../docker/engine-server.ts';
import { patience, runs } from './runs.ts';

const good = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"NCPU": 2}';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"NCPU": 2}\r\n0\r\n\r\n';

/** Parts of answers, in and out of place. */
const part = fc.oneof(
  fc.constantFrom(
    good,
    chunked,
    good + good,
    good.slice(0, -1),
    `${good}x`,
    chunked.replace('b\r\n', 'ffffffffffffffff\r\n'),
    chunked.replace('b\r\n', 'b;extension\r\n'),
    'HTTP/1.1 ',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    'HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n{"message": "half',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
    'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\n{}',
    'HTTP/1.0 200 OK\r\n\r\n{"NCPU": 2}',
    `X-Header: ${'x'.repeat(20_000)}\r\n`,
    '__proto__: x\r\nconstructor: y\r\n',
    '\r\n',
    '\r\n\r\n',
    '{}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
/** What is done with a connection, a step at a time; undefined waits for the next request. */
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: part }, fc.constantFrom('end', 'reset', undefined)), {
  maxLength: 6,
});

describe('an engine, whatever it sends', () => {
  it('ends no more than the call, and the next one finds it as it is', async function () {
    this.timeout(patience);
    /** What is sent on each connection; undefined answers every request. */
    let script: readonly (string | undefined)[] | undefined;
    const server = await listen(
      net.createServer((connection) => {
        const rest = script && [...script];
        connection.on('data', () => {
          if (rest === undefined) connection.write(good);
          for (let step = rest?.shift(); step !== undefined; step = rest?.shift()) {
            if (step === 'end') connection.end();
            // In the middle of a write, it would keep Node.js from ending.
            else if (step === 'reset') setImmediate(() => connection.resetAndDestroy());
            else if (connection.writable) connection.write(step);
          }
        });
      }),
    );
    const cut = (): void => {
      for (const connection of server.connections) connection.destroy();
    };
    const client = await createDockerClient({ host: `tcp://127.0.0.1:${server.port}`, tls: noTls }, '');
    await fc.assert(
      fc.asyncProperty(steps, async (hostile) => {
        script = hostile;
        const calls = Array.from({ length: 4 }, (_, index) =>
          index % 2 === 0
            ? client.info({ milliseconds: 20 })
            : client.openEvents('0', () => undefined, { milliseconds: 20 }).then((stream) => stream.close()),
        );
        for (const outcome of await Promise.allSettled(calls)) {
          if (outcome.status === 'rejected') expect(outcome.reason).to.be.instanceOf(EngineError);
        }
        script = undefined;
        cut();
        expect((await client.info(patient)).answer).to.deep.equal({ NCPU: 2 });
        cut();
      }),
      runs(2),
    );
    client.close();
    server.close();
  });
});
