import { type Explanation, answerAdvice } from '../docker/answer-advice.ts';
import type { EngineError } from '../docker/errors.ts';
import type { Finding } from './finding.ts';

const ofSockets: readonly Explanation[] = [
  [/\bENOENT\b/, 'see the socket above'],
  [
    /\bEACCES\b/,
    'if the group membership above is right, SELinux or AppArmor blocks access: docker run --security-opt label=disable',
  ],
  [/\bECONNREFUSED\b/, 'nothing listens on the socket: the daemon is not running; systemctl status docker'],
  [/no complete answer/, 'the daemon takes connections but does not answer: it hangs; systemctl restart docker'],
];

const ofNetworks: readonly Explanation[] = [
  [/\bECONNREFUSED\b/, 'nothing listens there: check the port, and that dockerd or the socket proxy is running'],
  [
    /\b(ENOTFOUND|EAI_AGAIN)\b/,
    'the name does not resolve: check its spelling, and that both are on one network (compose, Kubernetes)',
  ],
  [/\b(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|Connect Timeout/, 'no route: wrong address, or a firewall'],
  [
    /no complete answer/,
    'no answer: another program listens on that port, or the daemon hangs; if collection.timeout is below 10 s, also a firewall',
  ],
];

const ofTls: readonly Explanation[] = [
  [
    /wrong version number|packet length too long/,
    'the other side does not speak TLS: use http://, or leave DOCKER_TLS_VERIFY and docker.tls.* unset',
  ],
  [
    /other side closed|ECONNRESET|does not match the HTTP/,
    'the other side may speak TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
  ],
  [/altnames/, 'the certificate is for other names: use one of them in DOCKER_HOST'],
  [/has expired|not yet valid/, 'the certificate has expired or is not valid yet: renew it, and check the clocks'],
  [
    /alert|handshake failure|certificate required/,
    'the daemon asks for a client certificate: docker.tls.cert and .key, or cert.pem and key.pem in DOCKER_CERT_PATH',
  ],
];

const ofAuthorities = /self-signed|unable to (get|verify)|certificate signature failure/;

/** The engine as the settings name it. */
export interface NamedEngine {
  readonly host: string;
  /** The file with the authorities that are trusted; empty for those of the system. */
  readonly authority: string;
}

/** Why the engine gave no usable answer; `shown` is the host without credentials. */
export function explainUnreachable(engine: NamedEngine, shown: string, { message }: EngineError): Finding {
  const reason = message.replace(/^GET \/\S+: /, '');
  return { level: 'fail', subject: 'engine', text: `${shown}: ${reason}`, advice: adviceFor(engine, reason) };
}

function adviceFor({ host, authority }: NamedEngine, reason: string): string[] {
  if (host.startsWith('ssh:')) {
    return [
      'this must work non-interactively, as the user that the exporter runs as: ssh -o BatchMode=yes HOST docker version',
    ];
  }
  if (ofAuthorities.test(reason)) return [authorityAdvice(authority)];
  const near = host.startsWith('unix:') ? ofSockets : [...ofNetworks, ...ofTls];
  const advice = answerAdvice(reason) ?? near.find(([pattern]) => pattern.test(reason))?.[1];
  return advice === undefined ? [] : [advice];
}

function authorityAdvice(authority: string): string {
  if (authority === '')
    return 'signed by an unknown authority: set docker.tls.ca_cert, or put ca.pem into DOCKER_CERT_PATH';
  return `not signed by the authority in ${authority}: use the one that signed the daemon's certificate`;
}
