import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { describeHostKey, judgeHostKey, knownHostKeys } from '../../lib/docker/known-hosts.ts';

/** A public key in SSH's wire format. What follows the type matters to nobody here. */
function keyOf(type: string, rest: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type + rest)]);
}

const key = keyOf('ssh-ed25519', 'the right one');
const other = keyOf('ssh-ed25519', 'another one');

function line(hosts: string, { of = key, marker = '' } = {}): string {
  return `${marker}${hosts} ssh-ed25519 ${of.toString('base64')}`;
}

function hashed(name: string): string {
  const salt = Buffer.from('a salt of 20 bytes..');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function verdict(file: string, host = 'engine.example', port = 22): string {
  return judgeHostKey(knownHostKeys(file, host, port), key);
}

describe('known hosts', () => {
  for (const { hosts, what } of [
    { hosts: 'engine.example', what: 'a name' },
    { hosts: 'ENGINE.example', what: 'a name in capitals' },
    { hosts: 'first,engine.example,192.0.2.1', what: 'a list' },
    { hosts: '*.example', what: 'a pattern' },
    { hosts: 'engine.exampl?', what: 'a pattern for one character' },
    { hosts: hashed('engine.example'), what: 'a hashed name' },
  ]) {
    it(`know a host by ${what}`, () => {
      expect(verdict(line(hosts))).to.equal('known');
    });
  }

  for (const hosts of [
    'engine',
    'engine.example.org',
    'engineXexample',
    '*.example.org',
    '[engine.example]:2222',
    hashed('engine'),
    '*.example,!engine.example',
    '!engine.example,*',
    '|2|abc|def',
    '|1|',
  ]) {
    it(`do not take ${hosts} for engine.example`, () => {
      expect(verdict(line(hosts))).to.equal('unknown');
    });
  }

  it('know a host on another port by [host]:port, plain, hashed and as a pattern', () => {
    for (const hosts of ['[engine.example]:2222', hashed('[engine.example]:2222'), '[*.example]:2222']) {
      expect(verdict(line(hosts), 'engine.example', 2222), hosts).to.equal('known');
    }
    expect(verdict(line('[engine.example]:2223'), 'engine.example', 2222)).to.equal('unknown');
  });

  it('know a host on another port by its bare name only where that port has no key of its own', () => {
    const bare = line('engine.example');
    expect(verdict(bare, 'engine.example', 2222)).to.equal('known');
    expect(verdict(`${bare}\n${line('[engine.example]:2222', { of: other })}`, 'engine.example', 2222)).to.equal(
      'changed',
    );
  });

  it('know a host by its address in IPv6', () => {
    expect(verdict(line('::1'), '::1')).to.equal('known');
    expect(verdict(line('[::1]:2222'), '::1', 2222)).to.equal('known');
  });

  it('know a host with several keys by each of them', () => {
    expect(verdict(`${line('engine.example', { of: other })}\n${line('engine.example')}`)).to.equal('known');
  });

  it('take another key than the known one for changed', () => {
    expect(verdict(line('engine.example', { of: other }))).to.equal('changed');
  });

  it('refuse a revoked key, wherever else it stands', () => {
    const revoked = line('*', { marker: '@revoked ' });
    expect(verdict(`${line('engine.example')}\n${revoked}`)).to.equal('revoked');
    expect(verdict(revoked)).to.equal('revoked');
    expect(verdict(`${line('[engine.example]:2222')}\n${revoked}`, 'engine.example', 2222)).to.equal('revoked');
  });

  it('take a host for unknown when all they have of it is a revoked key', () => {
    expect(verdict(line('engine.example', { of: other, marker: '@revoked ' }))).to.equal('unknown');
  });

  it('overlook comments, empty and broken lines, certificate authorities and Windows line ends', () => {
    const file = [
      '# engine.example ssh-ed25519 comment',
      '',
      'engine.example',
      'engine.example ssh-ed25519',
      line('engine.example', { marker: '@cert-authority ', of: other }),
      `   ${line('engine.example')} a comment\r`,
    ].join('\n');
    expect(verdict(file)).to.equal('known');
    expect(knownHostKeys(file, 'engine.example', 22)).to.have.length(1);
    expect(verdict('')).to.equal('unknown');
  });
});

describe('describeHostKey', () => {
  it('gives the type and the fingerprint that ssh-keygen -l prints', () => {
    const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIGjVm4fZc7HCPHr5RfdlW7NS/97WKn+AbCwmOEWfCdGI', 'base64');
    expect(describeHostKey(key)).to.equal('ssh-ed25519 SHA256:DD93DobVLGN0qiDazvDFiGLWhbMYLiBgzqIWquZ2F6c');
  });
});
