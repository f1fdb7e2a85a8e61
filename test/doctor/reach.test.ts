import { expect } from 'chai';
import { EngineError } from '../../lib/docker/errors.ts';
import { explainUnreachable } from '../../lib/doctor/reach.ts';

function adviceOn(host: string, message: string, authority = ''): string {
  const error = new EngineError('unreachable', `GET /_ping: ${message}`);
  return (explainUnreachable({ host, authority }, host, error).advice ?? []).join('\n');
}

describe('an engine that can not be reached', () => {
  const socket = 'unix:///var/run/docker.sock';
  const remote = 'tcp://engine:2376';
  const cases: readonly (readonly [host: string, message: string, expected: string])[] = [
    [socket, 'connect ENOENT /var/run/docker.sock', 'see the socket above'],
    [socket, 'connect EACCES /var/run/docker.sock', 'SELinux'],
    [socket, 'connect ECONNREFUSED /var/run/docker.sock', 'daemon is not running'],
    [socket, 'no complete answer within 30 s', 'it hangs'],
    [remote, 'connect ECONNREFUSED 192.0.2.1:2376', 'check the port'],
    [remote, 'getaddrinfo ENOTFOUND engine', 'does not resolve'],
    [remote, 'no complete answer within 30 s', 'the daemon hangs'],
    [remote, 'connect EHOSTUNREACH 192.0.2.1:2376', 'no route'],
    [remote, 'Connect Timeout Error (attempted address: engine:2375, timeout: 10000ms)', 'firewall'],
    [remote, 'TLS: wrong version number', 'does not speak TLS'],
    [remote, 'status 400: Client sent an HTTP request to an HTTPS server.', 'DOCKER_TLS_VERIFY=1'],
    [remote, 'self-signed certificate in certificate chain', 'docker.tls.ca_cert'],
    [remote, "Hostname/IP does not match certificate's altnames: Host: engine.", 'use one of them'],
    [remote, 'certificate has expired', 'renew it'],
    [remote, 'TLS: tlsv13 alert certificate required', 'client certificate'],
    ['ssh://me@engine', 'ssh engine: Host key verification failed', 'ssh -o BatchMode=yes'],
  ];

  for (const [host, message, expected] of cases) {
    it(`is explained: ${message}`, () => {
      expect(adviceOn(host, message)).to.contain(expected);
    });
  }

  it('is not told to set an authority where one is set, but to use the right one', () => {
    const reason = 'self-signed certificate in certificate chain';
    expect(adviceOn(remote, reason, '/certs/ca.pem')).to.equal(
      "not signed by the authority in /certs/ca.pem: use the one that signed the daemon's certificate",
    );
  });

  it('is reported with its reason where there is no advice', () => {
    const error = new EngineError('unreachable', 'GET /_ping: connect EMFILE');
    expect(explainUnreachable({ host: remote, authority: '' }, remote, error)).to.deep.equal({
      level: 'fail',
      subject: 'engine',
      text: `${remote}: connect EMFILE`,
      advice: [],
    });
  });
});
