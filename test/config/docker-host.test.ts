import { expect } from 'chai';
import { parseDockerHost, redactDockerHost, schemeOf, withDefaultPort } from '../../lib/config/docker-host.ts';

describe('docker.host', () => {
  const allowed: readonly [string, string][] = [
    ['unix:///var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['unix:///run/with space/d.sock', 'unix:///run/with space/d.sock'],
    ['TCP://engine:2375', 'tcp://engine:2375'],
    ['tcp://engine/', 'tcp://engine'],
    ['tcp://engine:', 'tcp://engine'],
    ['tcp://[::1]:2376', 'tcp://[::1]:2376'],
    ['http://proxy:2375', 'http://proxy:2375'],
    ['https://10.0.0.1', 'https://10.0.0.1'],
    ['ssh://ops@engine:2222', 'ssh://ops@engine:2222'],
  ];
  for (const [text, host] of allowed) {
    it(`may be ${text}`, () => expect(parseDockerHost(text)).to.equal(host));
  }

  const refused: readonly [string, string][] = [
    ['', 'must start with unix://, tcp://, http://, https:// or ssh://'],
    ['/var/run/docker.sock', 'or ssh://; did you mean unix:///var/run/docker.sock?'],
    ['/secret@/run/docker.sock', 'must start with unix://, tcp://, http://, https:// or ssh://'],
    ['engine:2375', 'must start with unix://'],
    ['npipe:////./pipe/docker_engine', 'must start with unix://'],
    ['unix://', 'the absolute path of a socket'],
    ['unix:///', 'the absolute path of a socket'],
    ['unix://var/run/docker.sock', 'the absolute path of a socket'],
    ['unix:///a%zz', 'the absolute path of a socket'],
    ['tcp://', 'must be tcp:// with a host and at most a port'],
    ['tcp://:2375', 'must be tcp:// with a host'],
    ['tcp://engine:99999', 'must be tcp:// with a host'],
    ['tcp://engine:2375/v1.40', 'must be tcp:// with a host'],
    ['http://engine?x=1', 'must be http:// with a host'],
    ['http://engine#x', 'must be http:// with a host'],
    ['ssh://ops:secret@engine', 'must not hold a password'],
    ['tcp://:secret@engine', 'must not hold a password'],
    ['tcp://ops@engine', 'must not hold a user name'],
  ];
  for (const [text, reason] of refused) {
    it(`may not be "${text}"`, () =>
      expect(() => parseDockerHost(text))
        .to.throw(reason)
        .and.not.match(/secret/));
  }

  it("gets Docker's own port where tcp:// has none", () => {
    expect(withDefaultPort('tcp://engine', false)).to.equal('tcp://engine:2375');
    expect(withDefaultPort('tcp://engine', true)).to.equal('tcp://engine:2376');
    expect(withDefaultPort('tcp://[::1]', true)).to.equal('tcp://[::1]:2376');
    for (const host of ['tcp://engine:80', 'http://engine', 'unix:///d.sock', 'ssh://engine']) {
      expect(withDefaultPort(host, true)).to.equal(host);
    }
  });

  it('is shown without user, password and query, however broken it is', () => {
    expect(redactDockerHost('tcp://engine:2375')).to.equal('tcp://engine:2375');
    expect(redactDockerHost('ssh://ops:secret@engine')).to.equal('ssh://***@engine');
    expect(redactDockerHost('tcp://ops:sec/r@et@engine')).to.equal('tcp://***@engine');
    expect(redactDockerHost('ops:secret@engine')).to.equal('***@engine');
    expect(redactDockerHost('tcp://ops:sec\nret@engine')).to.equal('tcp://***@engine');
    expect(redactDockerHost('http://engine/?password=secret')).to.equal('http://engine/***');
  });

  it('has a scheme in any case', () => {
    expect(schemeOf('UNIX:///d.sock')).to.equal('unix');
    expect(schemeOf('nothing')).to.equal('');
  });
});
