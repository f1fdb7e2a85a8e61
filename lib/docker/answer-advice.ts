/** What an error message of that form means, and what to do about it. */
export type Explanation = readonly [pattern: RegExp, advice: string];

const explanations: readonly Explanation[] = [
  [
    /client version/,
    'leave docker.api_version and DOCKER_API_VERSION unset, or set a version that the daemon supports',
  ],
  [/HTTP request to an HTTPS server/, 'the other side may speak TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH'],
  [/status 50[234]/, 'the proxy answers, the daemon behind it does not: check that the proxy can reach the socket'],
  [/status 5\d\d/, 'the daemon answers but fails: see its log: journalctl --unit docker'],
  [
    /status 403/,
    'a socket proxy forbids everything: set PING=1 INFO=1 CONTAINERS=1 on it; if none is there, set DOCKER_HOST to the engine',
  ],
  [/status 401/, 'it asks for a login, which no engine does: set DOCKER_HOST to the engine or its socket proxy'],
  [
    /status [2-4]\d\d|not answered with OK|not JSON|no JSON list|unexpected response shape/,
    'no Docker Engine answers there: set DOCKER_HOST (docker.host) to the engine or its socket proxy',
  ],
];

/** What to do about an answer that no engine gives which works; undefined where the reason is no such answer. */
export function answerAdvice(reason: string): string | undefined {
  return explanations.find(([pattern]) => pattern.test(reason))?.[1];
}
