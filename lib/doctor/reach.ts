import type { EngineError } from '../docker/errors.ts';
import type { Finding } from './finding.ts';

/** What an error message of that form means, and what to do about it. */
type Explanation = readonly [pattern: RegExp, advice: string];

const ofSockets: readonly Explanation[] = [
  [/\bENOENT\b/, 'see the socket above'],
  [
    /\bEACCES\b/,
    'if the group membership above is right, SELinux or AppArmor blocks access: docker run --security-opt label=disable',
  ],
  [
    /\bECONNREFUSED\b/,
    'nothing listens: the daemon is down, or restarted after its socket was mounted; then restart this container',
  ],
];

const ofNetworks: readonly Explanation[] = [
  [/\bECONNREFUSED\b/, 'nothing listens there: check the port, and that dockerd or the socket proxy is running'],
  [
    /\b(ENOTFOUND|EAI_AGAIN)\b/,
    'the name does not resolve: check its spelling, and that both are on one network (compose, Kubernetes)',
  ],
  [
    /\b(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|no complete answer|Connect Timeout/,
    'no route: wrong address, or a firewall',
  ],
];

const ofTls: readonly Explanation[] = [
  [
    /wrong version number|packet length too long/,
    'the other side does not speak TLS: use http://, or leave DOCKER_TLS_VERIFY and docker.tls.* unset',
  ],
  [
    /HTTP request to an HTTPS server|other side closed|ECONNRESET|does not match the HTTP/,
    'the other side may speak TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
  ],
  [
    /self-signed|unable to (get|verify)/,
    'signed by an unknown authority: set docker.tls.ca_cert, or put ca.pem into DOCKER_CERT_PATH',
  ],
  [/altnames/, 'the certificate is for other names: use one of them in DOCKER_HOST'],
  [/has expired|not yet valid/, 'the certificate has expired or is not valid yet: renew it, and check the clocks'],
  [
    /alert|handshake failure|certificate required/,
    'the daemon asks for a client certificate: docker.tls.cert and .key, or cert.pem and key.pem in DOCKER_CERT_PATH',
  ],
];

const ofAnswers: readonly Explanation[] = [
  [
    /client version/,
    'leave docker.api_version and DOCKER_API_VERSION unset, or set a version that the daemon supports',
  ],
  [/status 50[234]/, 'the proxy answers, the daemon behind it does not: check that the proxy can reach the socket'],
];

/** Why the engine gave no usable answer. `host` as in the settings, `shown` the same without credentials. */
export function explainUnreachable(host: string, shown: string, { message }: EngineError): Finding {
  const reason = message.replace(/^GET \/\S+: /, '');
  return { level: 'fail', subject: 'engine', text: `${shown}: ${reason}`, advice: adviceFor(host, reason) };
}

function adviceFor(host: string, reason: string): string[] {
  if (host.startsWith('ssh:')) {
    return [
      'this must work non-interactively, as the user that the exporter runs as: ssh -o BatchMode=yes HOST docker version',
    ];
  }
  const near = host.startsWith('unix:') ? ofSockets : [...ofNetworks, ...ofTls];
  const [, advice] = [...ofAnswers, ...near].find(([pattern]) => pattern.test(reason)) ?? [];
  return advice === undefined ? [] : [advice];
}
