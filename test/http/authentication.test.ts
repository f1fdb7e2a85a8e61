import { readdirSync } from 'node:fs';
import { hash } from 'bcryptjs';
import { expect } from 'chai';
import { type Authenticator, createAuthenticator } from '../../lib/http/authentication.ts';
import { type Bcrypt, createBcrypt } from '../../lib/http/bcrypt.ts';
import { passwordGuard } from '../../lib/http/endpoints.ts';
import type { Turn } from '../../lib/http/fair-queue.ts';
import { textReply } from '../../lib/http/reply.ts';
import { listen } from '../../lib/http/server.ts';
import { eventually } from '../support/eventually.ts';
import { send } from '../support/http.ts';

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const password = (text: string) => ({ kind: 'password', password: text }) as const;

describe('an authenticator with a password', () => {
  const bcrypt = { matches: () => Promise.reject(new Error('not asked')) };
  const authenticate = createAuthenticator({ users: new Map([['ann', password('söcret: €')]]), bcrypt });

  it('lets in who knows it', async () => {
    expect(await authenticate(basic('ann', 'söcret: €'), '192.0.2.1')).to.equal('granted');
    expect(await authenticate(`bAsIc   ${basic('ann', 'söcret: €').slice(6)}`, '192.0.2.1')).to.equal('granted');
  });

  const right = Buffer.from('ann:söcret: €').toString('base64');
  const shapes: readonly (string | undefined)[] = [
    undefined,
    '',
    'Basic',
    'Basic ',
    `Basic${right}`,
    `Bearer ${right}`,
    `Digest ${right}`,
    `Basic ${right} x`,
    `Basic ${right},Basic ${right}`,
    `Basic =${right}`,
    `Basic ${right}====`,
    'Basic !!!!',
    `Basic ${'A'.repeat(15_000)}`,
    `Basic ${Buffer.from('ann').toString('base64')}`,
    `Basic ${Buffer.from(':').toString('base64')}`,
    `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x41]).toString('base64')}`,
    basic('ann', ''),
    basic('ann', 'söcret: € '),
    basic('ann', 'söcret'),
    basic('ANN', 'söcret: €'),
    basic('', 'söcret: €'),
    basic('ann\0', 'söcret: €'),
    basic('__proto__', 'söcret: €'),
    basic('constructor', ''),
  ];
  for (const shape of shapes) {
    it(`keeps out ${JSON.stringify(shape)?.slice(0, 60)}`, async () => {
      expect(await authenticate(shape, '192.0.2.1')).to.equal('refused');
    });
  }
});

describe('an authenticator with hashes', () => {
  let bcrypt: Bcrypt;
  let checked: [string, string][];
  let authenticate: Authenticator;

  beforeEach(async () => {
    bcrypt = createBcrypt();
    checked = [];
    const [modern, old] = await Promise.all([hash('one', 4), hash('two', 4)]);
    const users = new Map([
      ['ann', { kind: 'hash', hash: modern }],
      ['bob', { kind: 'hash', hash: old.replace('$2b$', '$2a$') }],
      ['eve', { kind: 'hash', hash: old.replace('$2b$', '$2y$') }],
    ] as const);
    const watched = {
      matches: (text: string, digest: string, turn: Turn) => {
        checked.push([text, digest]);
        return bcrypt.matches(text, digest, turn);
      },
    };
    authenticate = createAuthenticator({ users, bcrypt: watched });
  });
  afterEach(() => bcrypt.close());

  it('lets in who knows the password, of all three kinds of bcrypt hash', async () => {
    expect(await authenticate(basic('ann', 'one'), '192.0.2.1')).to.equal('granted');
    expect(await authenticate(basic('bob', 'two'), '192.0.2.1')).to.equal('granted');
    expect(await authenticate(basic('eve', 'two'), '192.0.2.1')).to.equal('granted');
    expect(await authenticate(basic('ann', 'two'), '192.0.2.1')).to.equal('refused');
  });

  it('does the same work for an unknown user as for a wrong password, each time', async () => {
    for (const user of ['ann', 'nobody', 'nobody', 'ann']) {
      expect(await authenticate(basic(user, 'wrong'), '192.0.2.1')).to.equal('refused');
    }
    expect(checked).to.have.length(4);
    expect(new Set(checked.map(([, digest]) => digest)).size).to.equal(1);
  });

  it('does not let an unknown user in with the password of the first', async () => {
    expect(await authenticate(basic('nobody', 'one'), '192.0.2.1')).to.equal('refused');
    expect(await authenticate(basic('nobody', 'one'), '192.0.2.1')).to.equal('refused');
  });

  it('remembers what was right, and never what was wrong', async () => {
    for (let use = 0; use < 10; use += 1) {
      expect(await authenticate(basic('ann', 'one'), `192.0.2.${use}`)).to.equal('granted');
    }
    expect(checked).to.have.length(1);
    for (const _ of ['first', 'second'])
      expect(await authenticate(basic('ann', 'One'), '192.0.2.1')).to.equal('refused');
    expect(checked).to.have.length(3);
  });

  it('hashes once for many that come at once with the same credentials', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, () => authenticate(basic('ann', 'one'), '192.0.2.1')),
    );
    expect(new Set(verdicts)).to.deep.equal(new Set(['granted']));
    expect(checked).to.have.length(1);
  });

  it('sends others away while too many wait for their hash, and goes on afterwards', async () => {
    const guesses = Array.from({ length: 200 }, (_, index) =>
      authenticate(basic('ann', `guess ${index}`), '192.0.2.1'),
    );
    const verdicts = await Promise.all(guesses);
    // One is under way, and 32 wait.
    expect(verdicts.filter((verdict) => verdict === 'refused')).to.have.length(33);
    expect(verdicts.filter((verdict) => verdict === 'busy')).to.have.length(167);
    expect(await authenticate(basic('ann', 'one'), '192.0.2.1')).to.equal('granted');
  });

  const newcomers: Readonly<Record<string, readonly [user: string, password: string, client: string]>> = {
    'from another address': ['ann', 'one', '192.0.2.2'],
    'of another user behind the same address': ['bob', 'two', '192.0.2.1'],
  };
  for (const [which, [user, right, client]] of Object.entries(newcomers)) {
    it(`lets a first login ${which} go before a flood of wrong ones`, async () => {
      const answered: string[] = [];
      const flood = Array.from({ length: 150 }, async (_, index) => {
        answered.push(await authenticate(basic('ann', `guess ${index}`), '192.0.2.1'));
      });
      expect(await authenticate(basic(user, right), client)).to.equal('granted');
      expect(answered.filter((verdict) => verdict === 'refused')).to.have.length(1);
      await Promise.all(flood);
    });
  }

  it('lets a first login through while more addresses than can wait guess at other names', async () => {
    const flood = Array.from({ length: 60 }, (_, index) =>
      authenticate(basic(`user ${index}`, 'x'), `192.0.2.${index}`),
    );
    expect(await authenticate(basic('ann', 'one'), '198.51.100.1')).to.equal('granted');
    expect(await Promise.all(flood)).to.include('busy');
  });

  it('does not let credentials that were right before wait at all', async () => {
    await authenticate(basic('ann', 'one'), '192.0.2.1');
    let answered = 0;
    const flood = Array.from({ length: 20 }, async (_, index) => {
      await authenticate(basic('ann', `guess ${index}`), '192.0.2.1');
      answered += 1;
    });
    expect(await authenticate(basic('ann', 'one'), '192.0.2.1')).to.equal('granted');
    expect(answered).to.equal(0);
    await Promise.all(flood);
  });
});

describe('a worker for passwords', () => {
  const threads = (): number => readdirSync('/proc/self/task').length;

  it('ends when it has nothing to do, and comes again', async () => {
    const bcrypt = createBcrypt(1);
    const digest = await hash('one', 4);
    const turn = { client: '192.0.2.1', user: 'ann', isKnown: true };
    const before = threads();
    for (const _ of ['first', 'second']) {
      expect(await bcrypt.matches('one', digest, turn)).to.equal(true);
      await eventually('the end of its thread', () => threads() <= before);
    }
    await bcrypt.close();
  });

  it('leaves no question without an answer when it is closed', async () => {
    const bcrypt = createBcrypt();
    const digest = await hash('one', 12);
    const questions = [1, 2].map((index) =>
      bcrypt.matches('one', digest, { client: `192.0.2.${index}`, user: 'ann', isKnown: true }),
    );
    await bcrypt.close();
    expect(await Promise.all(questions)).to.deep.equal([undefined, undefined]);
  });
});

describe('a server with passwords', () => {
  it('answers a first scrape among those of a flood from another address', async () => {
    const bcrypt = createBcrypt();
    const users = new Map([['ann', { kind: 'hash', hash: await hash('one', 8) }]] as const);
    const guard = passwordGuard(
      { metrics: '/metrics', cadvisor: '', health: '/health', ready: '/ready' },
      createAuthenticator({ users, bcrypt }),
    );
    const endpoints = new Map([['/metrics', () => textReply(200, 'ok')]]);
    const server = await listen({ address: '127.0.0.1', port: 0, endpoints, guard, onError: () => {} });
    const statuses: number[] = [];
    const ask = async (localAddress: string, password: string): Promise<number> => {
      const authorization = basic('ann', password);
      const { status } = await send({
        host: '127.0.0.1',
        port: server.port,
        path: '/metrics',
        localAddress,
        headers: { authorization },
      });
      return status;
    };
    const flood = Array.from({ length: 60 }, async (_, index) =>
      statuses.push(await ask('127.0.0.2', `guess ${index}`)),
    );
    await eventually('the queue is full', () => statuses.includes(429), { every: 5 });
    expect(await ask('127.0.0.1', 'one')).to.equal(200);
    const refusedBefore = statuses.filter((status) => status === 401).length;
    await Promise.all(flood);
    const refused = statuses.filter((status) => status === 401).length;
    expect(refused - refusedBefore).to.be.greaterThan(10);
    await server.close(0);
    await bcrypt.close();
  });
});
