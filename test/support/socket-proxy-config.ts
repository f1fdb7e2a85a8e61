/** The sections of the Engine API that have a variable of their own, apart from `PING`, which permits `/_ping`. */
const sections =
  'auth build commit configs containers distribution events exec grpc images info networks nodes plugins secrets services session swarm system tasks version volumes'.split(
    ' ',
  );

const permitted: readonly (readonly [variable: string, path: string])[] = [
  ['PING', '_ping'],
  ...sections.map((section) => [section.toUpperCase(), section] as const),
];

/**
 * A configuration of haproxy that does as that of tecnativa/docker-socket-proxy 0.4 does: the same rules and their
 * order, the same way with connections and time limits, a log of every request at the level of the variable LOG_LEVEL,
 * and events without a time limit. `bind` and `engine` are addresses as haproxy writes them.
 */
export function socketProxyConfiguration(bind: string, engine: string): string {
  const allow = permitted.map(
    ([variable, path]) =>
      `  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?(/\\w+)?/${path} } { env(${variable}) -m bool }`,
  );
  return `
global
  log stdout format raw daemon "\${LOG_LEVEL}"
  maxconn 4000
defaults
  mode http
  log global
  option httplog
  option dontlognull
  option http-server-close
  option redispatch
  retries 3
  maxconn 3000
  timeout http-request 10s
  timeout queue 1m
  timeout connect 10s
  timeout client 10m
  timeout server 10m
  timeout http-keep-alive 10s
backend engine
  server engine ${engine}
backend events
  server engine ${engine}
  timeout server 0
frontend api
  bind ${bind}
  http-request deny unless METH_GET || { env(POST) -m bool }
${allow.join('\n')}
  http-request deny
  use_backend events if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?(/\\w+)?/events }
  default_backend engine
`;
}
