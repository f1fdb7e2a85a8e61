import type { EngineError } from '../docker/errors.ts';
import type { Finding } from './finding.ts';

/** Where a message of that form is met, this is what it means and what to do. */
type Explanation = readonly [pattern: RegExp, advice: string];

const ofSockets: readonly Explanation[] = [
  [/\bENOENT\b/, 'see the socket above'],
  [
    /\bEACCES\b/,
    'the groups above let it in? Then SELinux or AppArmor is in the way: docker run --security-opt label=disable',
  ],
  [
    /\bECONNREFUSED\b/,
    'nobody listens: the daemon is down, or was started anew after its socket was mounted; then restart this container',
  ],
];

const ofNetworks: readonly Explanation[] = [
  [/\bECONNREFUSED\b/, 'nothing listens there: is the port right, and does dockerd or the socket proxy run?'],
  [
    /\b(ENOTFOUND|EAI_AGAIN)\b/,
    'the name is not known here: is it spelt right, and are both on one network (compose, Kubernetes)?',
  ],
  [/\b(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|no complete answer/, 'no way there: wrong address, or a firewall'],
];

const ofTls: readonly Explanation[] = [
  [
    /wrong version number|packet length too long/,
    'the other side does not speak TLS: use http://, or leave DOCKER_TLS_VERIFY and docker.tls.* unset',
  ],
  [
    /HTTP request to an HTTPS server|socket hang up|ECONNRESET|Parse Error/,
    'the other side may speak TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
  ],
  [
    /self-signed|unable to (get|verify)/,
    'signed by an authority that is not known here: name it in docker.tls.ca_cert, or ca.pem in DOCKER_CERT_PATH',
  ],
  [/altnames/, 'the certificate is for other names: use one of those in DOCKER_HOST'],
  [/has expired|not yet valid/, 'the certificate is not valid today: renew it, and look at the clocks'],
  [
    /alert|handshake failure|certificate required/,
    'the daemon asks for a client certificate: docker.tls.cert and .key, or cert.pem and key.pem in DOCKER_CERT_PATH',
  ],
];

const ofAnswers: readonly Explanation[] = [
  [/client version/, 'leave docker.api_version and DOCKER_API_VERSION unset, or name a version that the daemon speaks'],
  [/status 50[234]/, 'a proxy is there, the daemon behind it is not: does the proxy reach the socket?'],
];

/** Why the engine gave no usable answer. `host` as in the settings, `shown` the same without credentials. */
export function explainUnreachable(host: string, shown: string, { message }: EngineError): Finding {
  const reason = message.replace(/^GET \/\S+: /, '');
  return { level: 'fail', subject: 'engine', text: `${shown}: ${reason}`, advice: adviceFor(host, reason) };
}

function adviceFor(host: string, reason: string): string[] {
  if (host.startsWith('ssh:')) {
    return [
      'the agent logs in with SSH_AUTH_SOCK or a key without passphrase in ~/.ssh, and wants the host in known_hosts',
      'this has to work without a question: ssh HOST docker system dial-stdio',
    ];
  }
  const near = host.startsWith('unix:') ? ofSockets : [...ofNetworks, ...ofTls];
  const [, advice] = [...ofAnswers, ...near].find(([pattern]) => pattern.test(reason)) ?? [];
  return advice === undefined ? [] : [advice];
}
