import { hash } from 'bcryptjs';
import { expect } from 'chai';
import { type Authenticator, createAuthenticator } from '../../lib/http/authentication.ts';
import { type Bcrypt, createBcrypt } from '../../lib/http/bcrypt.ts';

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const password = (text: string) => ({ kind: 'password', password: text }) as const;

describe('an authenticator with a password', () => {
  const bcrypt = { matches: () => Promise.reject(new Error('not asked')) };
  const authenticate = createAuthenticator({ users: new Map([['ann', password('söcret: €')]]), bcrypt, now: () => 0 });

  it('lets in who knows it', async () => {
    expect(await authenticate(basic('ann', 'söcret: €'))).to.equal('granted');
    expect(await authenticate(`bAsIc   ${basic('ann', 'söcret: €').slice(6)}`)).to.equal('granted');
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
      expect(await authenticate(shape)).to.equal('refused');
    });
  }
});

describe('an authenticator with hashes', () => {
  let bcrypt: Bcrypt;
  let checked: [string, string][];
  let now: number;
  let authenticate: Authenticator;

  beforeEach(async () => {
    bcrypt = createBcrypt();
    checked = [];
    now = 0;
    const [modern, old] = await Promise.all([hash('one', 4), hash('two', 4)]);
    const users = new Map([
      ['ann', { kind: 'hash', hash: modern }],
      ['bob', { kind: 'hash', hash: old.replace('$2b$', '$2a$') }],
      ['eve', { kind: 'hash', hash: old.replace('$2b$', '$2y$') }],
    ] as const);
    const watched = {
      matches: (text: string, digest: string) => {
        checked.push([text, digest]);
        return bcrypt.matches(text, digest);
      },
    };
    authenticate = createAuthenticator({ users, bcrypt: watched, now: () => now });
  });
  afterEach(() => bcrypt.close());

  it('lets in who knows the password, of all three kinds of bcrypt hash', async () => {
    expect(await authenticate(basic('ann', 'one'))).to.equal('granted');
    expect(await authenticate(basic('bob', 'two'))).to.equal('granted');
    expect(await authenticate(basic('eve', 'two'))).to.equal('granted');
    expect(await authenticate(basic('ann', 'two'))).to.equal('refused');
  });

  it('does the same work for an unknown user as for a wrong password, each time', async () => {
    for (const user of ['ann', 'nobody', 'nobody', 'ann']) {
      expect(await authenticate(basic(user, 'wrong'))).to.equal('refused');
    }
    expect(checked).to.have.length(4);
    expect(new Set(checked.map(([, digest]) => digest)).size).to.equal(1);
  });

  it('does not let an unknown user in with the password of the first', async () => {
    expect(await authenticate(basic('nobody', 'one'))).to.equal('refused');
    expect(await authenticate(basic('nobody', 'one'))).to.equal('refused');
  });

  it('remembers what was right while it is in use, and never what was wrong', async () => {
    for (let use = 0; use < 10; use += 1) {
      expect(await authenticate(basic('ann', 'one'))).to.equal('granted');
      now += 299_000;
    }
    expect(checked).to.have.length(1);
    now += 2_000;
    expect(await authenticate(basic('ann', 'one'))).to.equal('granted');
    expect(checked).to.have.length(2);
    expect(await authenticate(basic('ann', 'One'))).to.equal('refused');
  });

  it('hashes once for many that come at once with the same credentials', async () => {
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => authenticate(basic('ann', 'one'))));
    expect(new Set(verdicts)).to.deep.equal(new Set(['granted']));
    expect(checked).to.have.length(1);
  });

  it('sends others away while too many wait for their hash, and goes on afterwards', async () => {
    const guesses = Array.from({ length: 200 }, (_, index) => authenticate(basic('ann', `guess ${index}`)));
    const verdicts = await Promise.all(guesses);
    expect(verdicts.filter((verdict) => verdict === 'refused')).to.have.length(64);
    expect(verdicts.filter((verdict) => verdict === 'busy')).to.have.length(136);
    expect(await authenticate(basic('ann', 'one'))).to.equal('granted');
  });
});
