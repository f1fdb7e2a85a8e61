import type { FaultName, FaultyCall, Outcome } from './fault-outcomes.ts';

/** What comes of a call that fails in any of these ways; also the table of lib/doctor/README.md. */
export interface FaultCase {
  readonly call: FaultyCall;
  readonly faults: readonly FaultName[];
  readonly outcome: Outcome;
}

const forbidden = ['403', '401'] as const;
const failing = ['404', '400', '302', '500', 'page', 'hang'] as const;
const failingOrEmpty = [...failing, 'empty'] as const;

const healthy: Outcome = { up: 1, errors: [], events: 1, ready: 200, log: [], doctor: [] };

/** Everything is answered so: no engine is there. */
function blind(advice: string | undefined, ...faults: FaultName[]): FaultCase {
  const log = ['Docker daemon not reachable', advice].filter((part) => part !== undefined).join(': ');
  const doctor = ['fail  engine: ADDRESS: the reason'];
  const outcome = { up: 0, errors: ['container', 'system'], events: 0, ready: 503, log: [log], doctor };
  return { call: 'everything', faults, outcome };
}

/** The two rows of a call that is forbidden, or fails; `further` is what the doctor finds beside that. */
function failingCall(
  call: FaultyCall,
  faults: readonly FaultName[],
  changes: Partial<Outcome>,
  level = 'fail',
  further: readonly string[] = [],
): FaultCase[] {
  const outcome = { ...healthy, ...changes };
  return [
    { call, faults: forbidden, outcome: { ...outcome, doctor: [`${level}  GET ${call}: forbidden`] } },
    { call, faults, outcome: { ...outcome, doctor: [`${level}  GET ${call}: fails`, ...further] } },
  ];
}

function counted(collector: 'container' | 'system', subject: string): Partial<Outcome> {
  return { errors: [collector], log: [`call to the engine failed: ${subject}`] };
}

const ofEach = counted('container', 'each container');
const failedForEach = ['warn  scrape: failed for 2 of 2 containers'];

export const faultCases: readonly FaultCase[] = [
  blind(
    'no Docker Engine answers there: set DOCKER_HOST (docker.host) to the engine or its socket proxy',
    '404',
    '400',
    '302',
    'page',
    'empty',
  ),
  blind(
    'a socket proxy forbids everything: set PING=1 INFO=1 CONTAINERS=1 on it; if none is there, set DOCKER_HOST to the engine',
    '403',
  ),
  blind('it asks for a login, which no engine does: set DOCKER_HOST to the engine or its socket proxy', '401'),
  blind('the daemon answers but fails: see its log: journalctl --unit docker', '500'),
  blind(undefined, 'hang'),
  ...failingCall('/_ping', failingOrEmpty, { ready: 503 }),
  ...failingCall('/info', failingOrEmpty, counted('system', 'info')),
  ...failingCall('/containers/json', failingOrEmpty, counted('container', 'list')),
  ...failingCall('/containers/{id}/json', failingOrEmpty, ofEach, 'fail', failedForEach),
  ...failingCall('/containers/{id}/stats', failing, ofEach, 'fail', failedForEach),
  {
    call: '/containers/{id}/stats',
    faults: ['empty'],
    outcome: { ...healthy, ...ofEach, doctor: ['fail  scrape: no figures of 2 of 2 containers'] },
  },
  ...failingCall('/events', failing, { events: 0 }, 'warn'),
  { call: '/events', faults: ['empty'], outcome: healthy },
  ...failingCall('/images/json', failingOrEmpty, counted('system', 'images/json')),
  ...failingCall('/volumes', failingOrEmpty, counted('system', 'volumes')),
  ...failingCall('/networks', failingOrEmpty, counted('system', 'networks')),
];

const columns = ['Call', 'Answered with', '`exporter_up`', 'Errors of', '`events`', '`/ready`', 'Log', 'Doctor'];

/** The cases as a Markdown table. */
export function faultTable(): string {
  const rows = faultCases.map(({ call, faults, outcome: { up, errors, events, ready, log, doctor } }) => [
    call.startsWith('/') ? `\`${call}\`` : call,
    faults.join(', '),
    up,
    errors.join(', ') || 'none',
    events,
    ready,
    log.join('<br>') || 'none',
    doctor.map((line) => `\`${line.replace(/ +/, ' ')}\``).join('<br>') || 'none',
  ]);
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
