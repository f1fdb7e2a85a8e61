import type { RequestListener, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createAnswerMemory } from '../../lib/docker/answer-memory.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { eventually } from '../support/eventually.ts';
import { failureOf, patient, useServer } from './engine-server.ts';

const mebibyte = 2 ** 20;

/** What a process in 64 MiB has for answers. */
const share = 2.5 * mebibyte;

const tooLarge = 'answer larger than the memory limit allows (1.3 MiB)';

describe('the memory of all answers under way', () => {
  const serve = useServer();

  it('is taken until an answer is complete', async () => {
    const answers = createMemoryShare(share);
    const { client } = await serve((_request, response) => response.end(`{"a":"${'x'.repeat(1_000)}"}`), { answers });
    await client.info(patient);
    expect(answers.usedBytes()).to.equal(0);
  });

  it('is taken until an answer breaks off', async () => {
    const answers = createMemoryShare(share);
    const breakOff: RequestListener = (_request, response) =>
      void response.write('x'.repeat(200_000), () => response.destroy());
    const { client } = await serve(breakOff, { answers });
    expect(await failureOf(client.info(patient))).to.include({ kind: 'malformed' });
    expect(answers.usedBytes()).to.equal(0);
  });

  it('is taken until an answer is given up', async () => {
    const answers = createMemoryShare(share);
    const { client } = await serve((_request, response) => void response.write('x'.repeat(1_000)), { answers });
    const patience = new AbortController();
    const failure = failureOf(client.info({ ...patient, signal: patience.signal }));
    await eventually('the answer is being read', () => answers.usedBytes() >= 1_000);
    patience.abort();
    expect(await failure).to.include({ kind: 'cancelled' });
    await eventually('nothing is taken', () => answers.usedBytes() === 0);
  });

  it('is enough for a small answer beside four that take all they may', async () => {
    const answers = createMemoryShare(share);
    for (const part of [2, 4, 8, 16]) expect(createAnswerMemory(answers).take(share / part)).to.equal(true);
    const { client } = await serve((_request, response) => response.end(`{"x":"${'x'.repeat(15_000)}"}`), { answers });
    expect(await client.containerStats('abc', patient)).to.have.property('x');
  });

  it('is enough for 256 stats answers of 64 CPUs at once', async () => {
    const answers = createMemoryShare(share);
    const stats = JSON.stringify({ read: '', padding: 'x'.repeat(13_000), cpus: Array(64).fill(123_456_789_012_345) });
    const half = Math.floor(stats.length / 2);
    const begun: ServerResponse[] = [];
    const { client } = await serve(
      (_request, response) => {
        response.write(stats.slice(0, half));
        begun.push(response);
        if (begun.length < 256) return;
        for (const each of begun) each.end(stats.slice(half));
      },
      { answers },
    );
    const calls = Array.from({ length: 256 }, () => client.containerStats('abc', patient));
    expect(await Promise.all(calls)).to.have.length(256);
    expect(answers.usedBytes()).to.equal(0);
  });

  for (const [shape, body] of Object.entries({
    'empty lists': `[${'[],'.repeat(100_000)}[]]`,
    'a long text': `["${'x'.repeat(mebibyte)}"]`,
    'distinct keys': `{${Array.from({ length: 50_000 }, (_, index) => `"${index}x":0`).join()}}`,
  })) {
    it(`is too little for an answer of ${shape}`, async () => {
      const options = { answers: createMemoryShare(share), maxTextLength: mebibyte };
      const { client } = await serve((_request, response) => response.end(body), options);
      const { kind, message } = await failureOf(client.diskUsage(undefined, patient));
      expect({ kind, message }).to.deep.equal({ kind: 'malformed', message: `GET /system/df: ${tooLarge}` });
    });
  }

  it('is enough for an answer in chunks of one byte', async () => {
    const text = JSON.stringify({ labels: Array.from({ length: 1_000 }, (_, index) => `label ${index}`) });
    const chunks = Array.from(text, (character) => `1\r\n${character}\r\n`).join('');
    const { client } = await serve(
      (_request, { socket }) =>
        void socket?.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`),
      { answers: createMemoryShare(share) },
    );
    expect((await client.info(patient)).answer).to.deep.equal(JSON.parse(text));
  });

  it('is enough to count 20,000 volumes, and too little to measure their sizes', async () => {
    const volume = {
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: `/var/lib/docker/volumes/${'v'.repeat(64)}/_data`,
    };
    const volumes = Array.from({ length: 20_000 }, (_, index) => ({ Name: `volume-${index}`, ...volume }));
    const body = JSON.stringify({ Volumes: volumes, Warnings: null });
    const { client } = await serve((_request, response) => response.end(body), { answers: createMemoryShare(share) });
    expect(await client.count('volumes', patient)).to.equal(20_000);
    expect(await failureOf(client.diskUsage('volume', patient))).to.include({ message: `GET /system/df: ${tooLarge}` });
  });

  it('is taken of a list for one element at a time', async () => {
    const answers = createMemoryShare(share);
    const list = Array.from({ length: 2_000 }, (_, index) => ({ Id: String(index), Text: 'x'.repeat(1_000) }));
    const elements = [...list.slice(0, 1_000), 'x'.repeat(mebibyte), ...list.slice(1_000)];
    const { client } = await serve((_request, response) => response.end(JSON.stringify(elements)), {
      answers,
      maxTextLength: mebibyte,
    });
    const found: unknown[] = [];
    await client.listContainers(patient, (element) => void found.push(element));
    expect(found).to.deep.equal([...list.slice(0, 1_000), undefined, ...list.slice(1_000)]);
    expect(answers.usedBytes()).to.equal(0);
  });

  it('is taken of past events for all of them', async () => {
    const answers = createMemoryShare(share);
    const event = { Type: 'container', Action: 'start', Actor: { ID: 'a', Attributes: { name: 'x'.repeat(1_000) } } };
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, timeNano) => `${JSON.stringify({ ...event, timeNano })}\n`).join('');
    let body = lines(256);
    const { client } = await serve((_request, response) => response.end(body), { answers });
    expect(await client.pastEvents('0', '1', patient)).to.have.length(256);
    body = lines(2_000);
    expect(await failureOf(client.pastEvents('0', '1', patient))).to.include({
      kind: 'malformed',
      message: 'GET /events: more events than the memory limit allows',
    });
    expect(answers.usedBytes()).to.equal(0);
  });
});
