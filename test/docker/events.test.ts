import { expect } from 'chai';
import type { EngineEvent } from '../../lib/docker/events.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { eventually } from '../support/eventually.ts';
import { failureOf, patient, useServer } from './engine-server.ts';

const line = (id: string): string =>
  `${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: id, Attributes: { name: 'größe' } }, timeNano: 1 })}\n`;

const event = (id: string): EngineEvent => ({
  type: 'container',
  action: 'start',
  id,
  attributes: { name: 'größe' },
  timeNano: 1,
});

describe('a stream of events', () => {
  const serve = useServer();

  it('gives each event as it comes, whatever the pieces', async () => {
    const { client } = await serve((_request, response) => {
      for (const byte of Buffer.from(line('a') + line('b'))) response.write(Buffer.of(byte));
      response.write(line('c') + line('d'));
    });
    const events: EngineEvent[] = [];
    const stream = await client.openEvents('0', (each) => events.push(each), patient);
    await eventually('all are there', () => events.length === 4);
    expect(events).to.deep.equal(['a', 'b', 'c', 'd'].map(event));
    stream.close();
    await stream.ended;
  });

  it('passes over what is no event', async () => {
    const { client } = await serve((_request, response) => response.end(`null\n{}\n<html>\n\n${line('a')}half`));
    const events: EngineEvent[] = [];
    await (
      await client.openEvents('0', (each) => events.push(each), patient)
    ).ended;
    expect(events).to.deep.equal([event('a')]);
  });

  it('takes as long as it takes, once it has begun', async () => {
    const { client } = await serve((_request, response) => {
      response.flushHeaders();
      setTimeout(() => response.write(line('late')), 1_200);
    });
    const events: EngineEvent[] = [];
    await client.openEvents('0', (each) => events.push(each), { milliseconds: 1_000 });
    await eventually('the event is there', () => events.length === 1);
  });

  for (const { how, end } of [
    { how: 'the engine ends it', end: 'end' },
    { how: 'it breaks', end: 'destroy' },
  ] as const) {
    it(`is over when ${how}`, async () => {
      const { client } = await serve((_request, response) => response.write(line('a'), () => response[end]()));
      await (
        await client.openEvents('0', () => {}, patient)
      ).ended;
    });
  }

  it('is over, and its connection dropped, when a line never ends', async () => {
    const { client, connections } = await serve(
      (_request, response) => {
        const write = (): boolean => response.write('12345678,'.repeat(8_192), () => !response.destroyed && write());
        write();
      },
      { answers: createMemoryShare(2.5 * 2 ** 20) },
    );
    await (
      await client.openEvents('0', () => {}, patient)
    ).ended;
    await eventually('the connection is closed', () => connections[0]?.closed);
  });

  it('fails, and its connection is dropped, when none begins in time', async () => {
    const { client, connections } = await serve(() => undefined);
    expect(await failureOf(client.openEvents('0', () => {}, { milliseconds: 200 }))).to.include({ kind: 'timeout' });
    await eventually('the connection is closed', () => connections[0]?.closed);
  });

  it('fails with the reason when it is forbidden', async () => {
    const { client } = await serve((_request, response) => response.writeHead(403).end('by the proxy'));
    expect(await failureOf(client.openEvents('0', () => {}, patient))).to.include({
      kind: 'status',
      message: 'GET /events: status 403: by the proxy',
    });
  });
});

describe('past events', () => {
  const serve = useServer();

  it('are those of the answer, but for lines that are too long', async () => {
    const { client } = await serve(
      (_request, response) => response.end(`${line('a')}[${'1,'.repeat(600_000)}1]\n${line('b')}`),
      { answers: createMemoryShare(2.5 * 2 ** 20) },
    );
    expect(await client.pastEvents('1', '2', patient)).to.deep.equal([event('a'), event('b')]);
  });

  it('fail where the answer has lines and none is an event', async () => {
    const { client } = await serve((_request, response) => response.end('<html>\n</html>'));
    expect(await failureOf(client.pastEvents('1', '2', patient))).to.include({
      kind: 'malformed',
      message: 'GET /events: unexpected response shape',
    });
  });

  it('fail where the answer breaks off', async () => {
    const { client } = await serve((_request, response) => response.write(line('a'), () => response.destroy()));
    expect(await failureOf(client.pastEvents('1', '2', patient))).to.include({ kind: 'malformed' });
  });
});
